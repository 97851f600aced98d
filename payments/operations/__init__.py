"""Everything that changes a receipt."""

from payments.operations.allocate import allocate_receipt, undo_allocation
from payments.operations.receive import (
    AccountInOtherCurrency,
    AccountNotInUse,
    NumberTaken,
    ReceiptDraft,
    ReceiptRefused,
    receive,
    receive_many,
)
from payments.operations.reverse import ReceiptInUse, reverse_receipt, take_back_receipt

__all__ = [
    "AccountInOtherCurrency",
    "AccountNotInUse",
    "NumberTaken",
    "ReceiptDraft",
    "ReceiptInUse",
    "ReceiptRefused",
    "allocate_receipt",
    "receive",
    "receive_many",
    "reverse_receipt",
    "take_back_receipt",
    "undo_allocation",
]

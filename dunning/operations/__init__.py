"""Everything that changes reminders."""

from dunning.operations.hold_item import HoldRefused, hold_item, release_item
from dunning.operations.remind_customer import NumberTaken, remind_customer
from dunning.operations.run_reminders import (
    NoPolicy,
    finish_run,
    request_run,
    run_reminders,
    start_run,
)
from dunning.operations.save_policy import EditedMeanwhile, PolicyDraft, save_policy

__all__ = [
    "EditedMeanwhile",
    "HoldRefused",
    "NoPolicy",
    "NumberTaken",
    "PolicyDraft",
    "finish_run",
    "hold_item",
    "release_item",
    "remind_customer",
    "request_run",
    "run_reminders",
    "save_policy",
    "start_run",
]

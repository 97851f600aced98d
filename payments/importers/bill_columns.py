"""The columns of a file of invoices of another system."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from core.imports import Column, Holds
from payments.importers.common import AMOUNT, CURRENCY, CUSTOMER_CODE

COLUMNS: tuple[Column, ...] = (
    CUSTOMER_CODE,
    Column(
        "customer_name",
        ("customer name", "name", "客户名称", "客户"),
        example=("Example Trading Ltd", "示例贸易有限公司"),
        note=gettext_lazy("For customers who are not there yet."),
    ),
    Column(
        "number",
        ("invoice", "invoice no", "invoice number", "账单号"),
        required=True,
        english="Invoice number",
        example=("INV-0042", "INV-0042"),
        note=gettext_lazy("As it was sent; the invoice is known again by it."),
    ),
    Column(
        "bill_date",
        ("date", "invoice date", "issue date", "账单日期", "开票日期", "日期"),
        required=True,
        english="Invoice date",
        holds=Holds.DAY,
        example=("2026-01-15", "2026-01-15"),
    ),
    Column(
        "due_date",
        ("due", "due date", "到期日", "到期日期", "应付日期"),
        holds=Holds.DAY,
        example=("2026-02-14", "2026-02-14"),
        note=gettext_lazy("Empty: the invoice date."),
    ),
    AMOUNT,
    CURRENCY,
    Column(
        "paid_on",
        ("paid", "settled", "payment date", "收款日期", "付款日期"),
        holds=Holds.DAY,
        note=gettext_lazy("When it was paid, if it was; without a paid amount, in full."),
    ),
    Column(
        "paid_amount",
        ("amount paid", "已收金额", "收款金额"),
        holds=Holds.AMOUNT,
        note=gettext_lazy("Empty, with a day of payment: all of it."),
    ),
    Column("description", ("text", "摘要", "说明")),
    Column("po_number", ("po", "purchase order", "采购订单号"), english="Purchase order"),
    Column("external_key", ("key", "外部编号")),
)

"""Importing charges from a file: each becomes a charge that waits to be billed, once.

A charge is known again by its external key or, without one, by what it says and its place among
equal rows of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.imports import (
    Column,
    Holds,
    Importer,
    NotUndone,
    Parsed,
    Plan,
    Report,
    Row,
    RowError,
    Verdict,
    free_fingerprint,
    keys_among_twins,
    register,
    shared_keys,
)
from core.models import User
from customers.enums import CustomerStatus
from customers.models import Customer
from invoices.import_products import ProductImporter
from invoices.models import Charge, Product, TaxCode
from invoices.operations.charges import ChargeDraft, delete_charge, import_charges
from invoices.operations.errors import ChargeChanged, ChargeTaken, CustomerArchived

COLUMNS = (
    Column(
        "customer_code",
        ("customer code", "customer", "customer no", "客户编码", "客户代码", "客户编号"),
        required=True,
        example=("C-1001", "C-1001"),
        note=gettext_lazy("The code of a customer who is there; import customers first."),
    ),
    Column(
        "description",
        ("text", "item", "描述", "说明", "品名"),
        example=("Consulting, two days", "咨询服务两天"),
        note=gettext_lazy("Empty: the product's text."),
    ),
    Column(
        "service_date",
        ("date", "day", "delivery date", "服务日期", "日期", "交付日期"),
        required=True,
        holds=Holds.DAY,
        example=("2026-03-31", "2026-03-31"),
    ),
    Column(
        "quantity",
        ("qty", "amount of units", "数量"),
        holds=Holds.AMOUNT,
        example=("2", "2"),
        note=gettext_lazy("Empty: 1."),
    ),
    Column("unit", ("uom", "单位"), example=("day", "天")),
    Column(
        "unit_price",
        ("price", "单价"),
        holds=Holds.AMOUNT,
        example=("900.00", "900.00"),
        note=gettext_lazy("Before tax. Empty: the product's price."),
    ),
    Column("currency", ("币种", "货币"), holds=Holds.CURRENCY),
    Column("product_code", ("product", "sku", "产品编码", "产品代码")),
    Column(
        "tax_code",
        ("tax", "vat", "税码", "税率名称"),
        note=gettext_lazy("The name of one of your tax codes; empty: the product's or the usual."),
    ),
    Column(
        "external_key",
        ("external id", "foreign key", "外部编号", "外部键"),
        note=gettext_lazy("Its id in the system it comes from: then it is never added twice."),
    ),
)


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """What one row says; names of products, taxes and customers as they stand in the file."""

    customer_code: str
    description: str
    service_date: date
    quantity: Decimal
    unit: str
    unit_price: Decimal | None
    currency: str
    product_code: str
    tax_code: str
    external_key: str

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it from other charges when it has no key."""
        return (
            self.customer_code, self.service_date, self.description, self.product_code,
            self.quantity.normalize(), self.unit_price and self.unit_price.normalize(),
            self.currency,
        )  # fmt: skip


class ChargeImporter(Importer):
    """What is left blank is filled from the product, as on the page."""

    kind = "charges"
    title = gettext_lazy("Charges")
    icon = "clipboard-list"
    intro = gettext_lazy("What was delivered or used and waits to be billed.")
    permission = "invoices.edit"
    page, list_page = "invoices:charge", "invoices:charges"
    columns = COLUMNS
    model = Charge
    named_by = ("customer_code", "service_date", "description", "product_code")
    refusals = (CustomerArchived,)

    def options(self) -> dict[str, list[str]]:
        """Return the names of the tax codes in use."""
        codes = TaxCode.objects.filter(is_active=True).order_by("name")
        return {"tax_code": list(codes.values_list("name", flat=True))}

    def keys(self, record: ChargeRow) -> tuple[str, ...]:
        """Return the key, or what all charges that say the same have in common."""
        return shared_keys(record.external_key, record.identity)

    def another_key(self, record: ChargeRow, taken: Collection[str]) -> str:
        """Return a key under which one more equal charge is added."""

        def known(names: list[str]) -> Iterable[str]:
            there = Charge.objects.filter(external_key__in=names)
            return there.values_list("external_key", flat=True)

        return free_fingerprint(record.identity, taken, known)

    def parse(self, row: Row) -> ChargeRow:
        """Return the row as a charge to be; see ``core.imports.Importer``."""
        quantity = row.optional_amount("quantity", "")
        if quantity is not None and not quantity:
            raise row.error("quantity", _("must not be zero"))
        record = ChargeRow(
            customer_code=row.text("customer_code", limit=32, required=True),
            description=row.text("description", limit=1000, lines=True),
            service_date=row.day("service_date"),
            quantity=Decimal(1) if quantity is None else quantity,
            unit=row.text("unit", limit=20),
            unit_price=row.optional_amount("unit_price", ""),
            currency=row.currency("currency", "") if row.text("currency", limit=3) else "",
            product_code=row.text("product_code", limit=32),
            tax_code=row.text("tax_code", limit=60),
            external_key=row.text("external_key", limit=80),
        )
        if not record.description and not record.product_code:
            raise row.error("description", _("is empty, and there is no product to name it"))
        if record.unit_price is None and not record.product_code:
            raise row.error("unit_price", _("is empty, and there is no product with a price"))
        return record

    def plan(self, records: Sequence[Parsed], *, at: datetime) -> Plan:
        """Find the charges that are not there; see ``core.imports.Importer``."""
        report, known = Report(), _Known(records)
        keys = keys_among_twins((p.record.external_key, p.record.identity) for p in records)
        existing = dict(
            Charge.objects.filter(external_key__in=keys).values_list("external_key", "pk")
        )
        news: list[tuple[Row, ChargeDraft, str]] = []
        seen: dict[str, int] = {}
        for parsed, key in zip(records, keys, strict=True):
            try:
                draft = known.draft(parsed.row, parsed.record)
                earlier = seen.setdefault(key, parsed.row.number)
                if earlier != parsed.row.number:
                    message = _("stands in row %(row)s already") % {"row": earlier}
                    raise parsed.row.error("external_key", message)
            except RowError as error:
                report.errors.append(error)
                continue
            if key not in existing:
                report.tell(parsed.row, Verdict.NEW, key="" if parsed.record.external_key else key)
                news.append((parsed.row, draft, key))
            elif parsed.record.external_key:
                report.tell(parsed.row, Verdict.SAME, subject_id=existing[key])
            else:
                report.tell_alike(parsed.row, existing[key])
        return Plan(report, news)

    def write(self, plan: Plan, *, at: datetime, actor: User | None) -> None:
        """Add the charges by one operation."""
        drafts = [(draft, key) for _row, draft, key in plan.work]
        made = import_charges(drafts=drafts, at=at, actor=actor)
        for (row, _draft, _key), charge in zip(plan.work, made, strict=True):
            plan.report.tell(row, Verdict.NEW, subject_id=charge.pk)

    @transaction.atomic
    def undo(self, subject: Charge, *, verdict: Verdict, at: datetime, actor: User | None) -> None:
        """Remove a charge that nobody changed or billed."""
        try:
            delete_charge(charge=subject, only_untouched=True, at=at, actor=actor)
        except ChargeChanged as changed:
            raise NotUndone(_("Somebody changed it since it was added.")) from changed
        except ChargeTaken as taken:
            raise NotUndone(_("It stands on an invoice.")) from taken


class _Known:
    """Customers, products and tax codes a file names: three queries, whatever its length."""

    def __init__(self, records: Sequence[Parsed]) -> None:
        rows = [parsed.record for parsed in records]
        self.customers = {
            one.code: one
            for one in Customer.objects.filter(code__in={row.customer_code for row in rows})
        }
        self.products = {
            one.code: one
            for one in Product.objects.filter(code__in={row.product_code for row in rows})
        }
        codes = list(TaxCode.objects.filter(is_active=True))
        self.taxes = {code.name: code for code in codes}
        self.default = next((code for code in codes if code.is_default), None)

    def draft(self, row: Row, record: ChargeRow) -> ChargeDraft:
        """Return the record with the rows it names, and its blanks filled."""
        customer = self.customers.get(record.customer_code)
        if customer is None:
            raise row.error("customer_code", _("is no customer"))
        if customer.status == CustomerStatus.ARCHIVED:
            raise row.error("customer_code", _("is archived and cannot be billed"))
        product = self.products.get(record.product_code) if record.product_code else None
        if record.product_code and product is None:
            raise row.error("product_code", _("is no product"))
        currency = record.currency or customer.currency
        price = record.unit_price
        if price is None and product is not None and product.currency == currency:
            price = product.unit_price
        if price is None:
            raise row.error("unit_price", _("is empty, and the list price is in another currency"))
        return ChargeDraft(
            customer_id=customer.pk,
            description=record.description
            or (product.description or product.name if product else ""),
            service_date=record.service_date,
            quantity=record.quantity,
            unit_price=price,
            currency=currency,
            tax_code_id=self._tax(row, record, product),
            product_id=product.pk if product else None,
            unit=record.unit or (product.unit if product else ""),
        )

    def _tax(self, row: Row, record: ChargeRow, product: Product | None) -> int:
        if record.tax_code:
            if record.tax_code not in self.taxes:
                raise row.error("tax_code", _("is no tax code in use"))
            return self.taxes[record.tax_code].pk
        if product is not None:
            return product.tax_code_id
        if self.default is None:
            raise row.error("tax_code", _("is empty, and the company has no default"))
        return self.default.pk


register(ProductImporter())
register(ChargeImporter())

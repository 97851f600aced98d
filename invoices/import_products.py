"""Importing products from a file: new ones are added; those there are changed where asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.companies import active_tenant
from core.imports import (
    Changes,
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
)
from core.models import User
from invoices.models import Product, TaxCode
from invoices.operations.errors import ProductUsed
from invoices.operations.products import FIELDS, add_products, remove_product, save_product

COLUMNS = (
    Column(
        "code",
        ("product code", "sku", "item no", "产品编码", "产品代码", "产品编号", "编码", "编号"),
        required=True,
        example=("P-100", "P-100"),
        note=gettext_lazy("The product is known again by it."),
    ),
    Column(
        "name",
        ("product", "product name", "item", "产品名称", "产品", "名称", "品名"),
        required=True,
        example=("Consulting, one day", "咨询服务一天"),
    ),
    Column(
        "description",
        ("text", "text for the invoice", "账单文字", "描述", "说明"),
        note=gettext_lazy("What invoices say; empty: the name."),
    ),
    Column("unit", ("uom", "单位"), example=("day", "天")),
    Column(
        "unit_price",
        ("price", "list price", "单价", "价格"),
        required=True,
        holds=Holds.AMOUNT,
        example=("900.00", "900.00"),
        note=gettext_lazy("Before tax."),
    ),
    Column(
        "currency",
        ("币种", "货币"),
        holds=Holds.CURRENCY,
        note=gettext_lazy("Empty: the company's own."),
    ),
    Column(
        "tax_code",
        ("tax", "vat", "税码", "税率名称"),
        note=gettext_lazy("The name of one of your tax codes; empty: the usual one."),
    ),
)


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What one row says; ``tax_code`` is a name, empty texts say nothing."""

    code: str
    name: str
    description: str
    unit: str
    unit_price: Decimal
    currency: str
    tax_code: str


@dataclass(frozen=True, slots=True)
class _Work:
    news: list[tuple[Row, Mapping[str, Any]]]
    changes: list[tuple[Product, Mapping[str, Any]]]


class ProductImporter(Importer):
    """Rows are told apart by code, in any case."""

    kind = "products"
    title = gettext_lazy("Products")
    icon = "package"
    intro = gettext_lazy("What you sell, with unit, list price and tax.")
    permission = "invoices.edit"
    page, list_page = "invoices:product", "invoices:products"
    columns = COLUMNS
    model = Product
    named_by = ("code", "name")

    def options(self) -> dict[str, list[str]]:
        """Return the names of the tax codes in use."""
        codes = TaxCode.objects.filter(is_active=True).order_by("name")
        return {"tax_code": list(codes.values_list("name", flat=True))}

    def parse(self, row: Row) -> ProductRow:
        """Return the row as a product to be; see ``core.imports.Importer``."""
        price = row.optional_amount("unit_price", "")
        if price is None:
            raise row.error("unit_price", _("is empty"))
        return ProductRow(
            code=row.text("code", limit=32, required=True),
            name=row.text("name", limit=200, required=True),
            description=row.text("description", limit=1000, lines=True),
            unit=row.text("unit", limit=20),
            unit_price=price,
            currency=row.currency("currency", "") if row.text("currency", limit=3) else "",
            tax_code=row.text("tax_code", limit=60),
        )

    def keys(self, record: ProductRow) -> tuple[str, ...]:
        """Return the code: only one row may have it."""
        return (record.code.casefold(),)

    def plan(self, records: Sequence[Parsed], *, at: datetime) -> Plan:
        """Tell the products to add from those to change; see ``core.imports.Importer``."""
        report, work, known = Report(), _Work([], []), _Known()
        seen: dict[str, int] = {}
        for parsed in records:
            row, record = parsed.row, parsed.record
            try:
                earlier = seen.setdefault(record.code.casefold(), row.number)
                if earlier != row.number:
                    message = _("stands in row %(row)s already") % {"row": earlier}
                    raise row.error("code", message)
                product = known.products.get(record.code.casefold())
                values = known.values(row, record, product)
            except RowError as error:
                report.errors.append(error)
                continue
            if product is None:
                report.tell(row, Verdict.NEW)
                work.news.append((row, values))
            elif shown := known.differences(product, values):
                if not self.updates:
                    report.errors.append(_refused(row, shown, product))
                    continue
                report.tell(row, Verdict.UPDATE, changes=shown, subject_id=product.pk)
                work.changes.append((product, values))
            else:
                report.tell(row, Verdict.SAME, subject_id=product.pk)
        return Plan(report, work)

    def write(self, plan: Plan, *, at: datetime, actor: User | None) -> None:
        """Add what is new, by one operation; change each of the others by its own."""
        work: _Work = plan.work
        for product, values in sorted(work.changes, key=lambda one: one[0].pk):
            save_product(product=product, values=values, at=at, actor=actor)
        made = add_products(rows=[values for _row, values in work.news], at=at, actor=actor)
        for (row, _values), product in zip(work.news, made, strict=True):
            plan.report.tell(row, Verdict.NEW, subject_id=product.pk)

    def undo(self, subject: Product, *, verdict: Verdict, at: datetime, actor: User | None) -> None:
        """Remove a product that nobody changed or used."""
        try:
            remove_product(product=subject, at=at, actor=actor)
        except ProductUsed as refused:
            raise NotUndone(str(refused.message)) from refused


class _Known:
    """The company's products and tax codes: two queries, whatever the file's length."""

    def __init__(self) -> None:
        self.products = {
            product.code.casefold(): product
            for product in Product.objects.select_related("tax_code").order_by("pk")
        }
        codes = list(TaxCode.objects.filter(is_active=True))
        self._taxes = {code.name: code for code in codes}
        self._names = {code.pk: code.name for code in codes}
        self._default = next((code for code in codes if code.is_default), None)
        self._currency = active_tenant().currency

    def values(self, row: Row, record: ProductRow, product: Product | None) -> dict[str, Any]:
        """Return what ``save_product`` takes; what the row does not say stays as it is."""
        stored: Any = product or Product()
        return {
            "code": product.code if product else record.code,
            "name": record.name,
            "description": record.description or stored.description,
            "unit": record.unit or stored.unit,
            "unit_price": record.unit_price,
            "currency": record.currency or stored.currency or self._currency,
            "tax_code_id": self._tax(row, record, product),
        }

    def _tax(self, row: Row, record: ProductRow, product: Product | None) -> int:
        if record.tax_code:
            if product is not None and record.tax_code == product.tax_code.name:
                return product.tax_code_id
            if record.tax_code not in self._taxes:
                raise row.error("tax_code", _("is no tax code in use"))
            return self._taxes[record.tax_code].pk
        if product is not None:
            return product.tax_code_id
        if self._default is None:
            raise row.error("tax_code", _("is empty, and the company has no default"))
        return self._default.pk

    def differences(self, product: Product, values: Mapping[str, Any]) -> Changes:
        """Return what the values change, by column, as a file writes it."""
        shown: Changes = {}
        for name in FIELDS:
            before, after = getattr(product, name), values[name]
            if before == after:
                continue
            if name == "tax_code_id":
                shown["tax_code"] = [product.tax_code.name, self._names[after]]
            elif isinstance(after, Decimal):
                shown[name] = [_plain(before), _plain(after)]
            else:
                shown[name] = [str(before), str(after)]
        return shown


def _refused(row: Row, shown: Changes, product: Product) -> RowError:
    return row.error(
        next(iter(shown)),
        _("differs from product %(code)s, which is there already; an import changes nothing")
        % {"code": product.code},
    )


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

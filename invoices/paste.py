"""Lines pasted from a spreadsheet: text with tabs, quotes around cells that hold tabs or breaks.

Nothing is guessed: a product is one whose code, or whose whole name, is in the cell; a tax code one
whose name or rate is. What is not found stays as it was pasted and is told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.numbers import NotAnAmount
from core.reckoning import reckon
from invoices.models import Product, TaxCode

COLUMNS = ("product", "description", "quantity", "unit", "unit_price", "discount", "tax_code")
MOST_ROWS = 300
LONGEST = 300_000  # characters
# What a column may be called in a first row; in the person's language, and these.
_NAMES = {
    "product": (gettext_lazy("Product"), "product", "code", "sku", "item", "产品", "编码", "商品"),
    "description": (gettext_lazy("Description"), "description", "text", "说明", "描述", "名称"),
    "quantity": (gettext_lazy("Quantity"), "quantity", "qty", "数量"),
    "unit": (gettext_lazy("Unit"), "unit", "单位"),
    "unit_price": (gettext_lazy("Unit price"), "unit price", "price", "rate", "单价"),
    "discount": (gettext_lazy("Discount"), "discount", "折扣", "优惠"),
    "tax_code": (gettext_lazy("Tax"), "tax", "tax code", "vat", "税", "税率", "税码"),
    "": (gettext_lazy("Amount"), "amount", "total", "金额", "合计", "#", "position", "序号"),
}


class TooMuch(ValueError):
    """More was pasted than a bill can hold."""


@dataclass(slots=True)
class PastedRow:
    """One row: what goes into which field, as text, and what was not found, by field."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)
    product: Product | None = None


def read_pasted(text: str, *, first: str = "product") -> list[PastedRow]:
    """
    Return the rows, their cells from the column ``first`` on; or by a first row of names.

    Where no tax was pasted, the product's code is the line's.

    :raises TooMuch: beyond 300 rows, 300,000 characters, or a cell of 131,072
    """
    if len(text) > LONGEST:
        raise TooMuch
    cells = [row for row in _cells(text) if any(cell.strip() for cell in row)]
    columns = _named(cells[0]) if cells else []
    if columns:
        cells = cells[1:]
    else:
        columns = list(COLUMNS[COLUMNS.index(first) if first in COLUMNS else 0 :])
    if len(cells) > MOST_ROWS:
        raise TooMuch
    rows = [
        PastedRow({name: cell.strip() for name, cell in zip(columns, row, strict=False) if name})
        for row in cells
    ]
    _find_products(rows)
    _find_taxes(rows)
    return rows


def _cells(text: str) -> list[list[str]]:
    """Return the cells; a quote that is never closed is a quote, not the rest of the text."""
    lines = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    source = io.StringIO(lines, newline="")
    try:
        if text.count('"') % 2:
            return list(csv.reader(source, delimiter="\t", quoting=csv.QUOTE_NONE))
        return list(csv.reader(source, delimiter="\t"))
    except csv.Error as error:  # a cell beyond what the reader takes
        raise TooMuch from error


def _named(row: Sequence[str]) -> list[str]:
    """Return the fields that a row of names names; none if it is no such row."""
    known = {str(name).casefold(): key for key, names in _NAMES.items() for name in names}
    found = [known.get(cell.strip().casefold()) for cell in row]
    if any(key is None for key, cell in zip(found, row, strict=True) if cell.strip()):
        return []
    named = [key or "" for key in found]
    return named if any(named) else []


def _find_products(rows: Sequence[PastedRow]) -> None:
    wanted = {row.values["product"].casefold() for row in rows if row.values.get("product")}
    if not wanted:
        return
    products = Product.objects.annotate(small_code=Lower("code"), small_name=Lower("name"))
    by_code: dict[str, Product] = {}
    by_name: dict[str, list[Product]] = {}
    for product in products.filter(Q(small_code__in=wanted) | Q(small_name__in=wanted)):
        by_code[product.code.casefold()] = product
        by_name.setdefault(product.name.casefold(), []).append(product)
    for row in rows:
        text = row.values.get("product", "").casefold()
        if not text:
            continue
        named = [one for one in by_name.get(text, []) if one.is_active]
        found = by_code.get(text) or (named[0] if len(named) == 1 else None)
        if found is not None:
            row.values["product"], row.product = found.code, found
        elif len(named) > 1:
            row.problems["product"] = _("Several products have this name.")
        else:
            row.problems["product"] = _("No product has this code.")


def _find_taxes(rows: Sequence[PastedRow]) -> None:
    codes = [code for code in TaxCode.objects.order_by("pk") if code.is_active]
    for row in rows:
        text = row.values.pop("tax_code", "")
        if not text:
            usual = row.product.tax_code_id if row.product else None
            if any(code.pk == usual for code in codes):
                row.values["tax_code"] = str(usual)
            continue
        found = [code for code in codes if code.name.casefold() == text.casefold()]
        rate = _rate(text)
        if not found and rate is not None:
            found = [code for code in codes if code.rate == rate]
        if len(found) == 1:
            row.values["tax_code"] = str(found[0].pk)
        else:
            row.problems["tax_code"] = _("No tax code is called %(text)s.") % {"text": text[:60]}


def _rate(text: str) -> Decimal | None:
    """Return 0.13 of 13%; None of what is no percentage."""
    plain = text.strip().removesuffix("％").removesuffix("%")
    if plain == text.strip():
        return None
    try:
        return reckon(plain, decimal_places=6) / 100
    except NotAnAmount:
        return None

"""What a cell says, and what it could also say: nothing is guessed where money or a day hangs."""

from __future__ import annotations

from decimal import Decimal

import pytest

import payments.importers  # noqa: F401 - registers the kinds
from core.imports import Report, Row, RowError, importer_of, read_bytes, run
from core.imports.cells import asks_for_format, date_formats
from tests.conftest import NOON
from tests.factories import CustomerFactory, TaxCodeFactory


def bring(kind: str, text: str) -> Report:
    sheet = read_bytes(text.encode())
    return run(importer=importer_of(kind), sheet=sheet, at=NOON, actor=None)


def refused(report: Report) -> list[tuple[int, str]]:
    return [(error.row, error.column) for error in report.errors]


@pytest.mark.django_db
def test_a_row_with_more_cells_than_the_header_is_refused(in_tenant):
    report = bring(
        "bills",
        "customer_code,number,bill_date,amount\n"
        "C1,B1,2026-01-15,1,280.50\n"
        "C1,B2,2026-01-15,2.00,,\n",
    )

    assert refused(report) == [(2, "")]
    assert "more cells than the header" in report.errors[0].message
    assert report.new == 1


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("15-01-26", ["%y-%m-%d", "%d-%m-%y"]),
        ("26/02/03", ["%d/%m/%y", "%y/%m/%d"]),
        ("24.3.15", ["%d.%m.%y", "%y.%m.%d"]),
        ("31/12/26", ["%d/%m/%y"]),
        ("01.31.26", ["%m.%d.%y"]),
    ],
)
def test_a_year_of_two_digits_is_always_asked_for(text, formats):
    found = date_formats([text])

    assert set(formats) <= set(found)
    assert asks_for_format(found)


def test_one_way_to_write_days_is_not_asked_for():
    assert not asks_for_format(date_formats(["2026-01-15"]))
    assert not asks_for_format(date_formats(["31.01.2026"]))
    assert asks_for_format(date_formats(["03.02.2026", "04/02/2026", "05/02/2026"][1:]))


@pytest.mark.django_db
def test_a_quantity_of_nothing_is_refused_and_none_is_one(in_tenant):
    CustomerFactory(code="C1")
    TaxCodeFactory(is_default=True)
    head = "customer_code,description,service_date,quantity,unit_price\n"

    report = bring("charges", f"{head}C1,x,2026-02-01,0,5\nC1,y,2026-02-01,,5\n")

    assert refused(report) == [(2, "quantity")]
    assert report.new == 1


@pytest.mark.parametrize("text", ["1.280", "-120.000"])
def test_a_dot_that_may_part_thousands_is_refused_without_a_currency_too(text):
    with pytest.raises(RowError, match="write it like 1280 or"):
        Row(2, {"a": text}).optional_amount("a", "")
    assert Row(2, {"a": Decimal("1.280")}).optional_amount("a", "") == Decimal("1.28")
    assert Row(2, {"a": "1.2800"}).optional_amount("a", "") == Decimal("1.28")
    assert Row(2, {"a": "0.125"}).optional_amount("a", "") == Decimal("0.125")

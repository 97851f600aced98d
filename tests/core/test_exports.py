"""Files for spreadsheets."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.utils import timezone
from django.utils.safestring import mark_safe

from core.exports import BOM, Sheet, csv_lines, csv_text, guarded, xlsx_file


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@A1",
        "\t=1",
        "\r=1",
        "\n=1",
        "|calc",
        "%0A=1",
        "  =1",
        "＝1",
        "＠SUM",
        "\x00=1",
        "\x0b=1",
    ],
)
def test_a_formula_becomes_text(text: str) -> None:
    assert guarded(text).startswith("'")


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "云帆", "'quoted", "100 %", "a\nb"])
def test_other_text_stays(text: str) -> None:
    assert guarded(text) == text


def test_values_in_csv() -> None:
    at = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    with timezone.override("Asia/Shanghai"):
        assert csv_text(at) == "2026-03-03 01:30:00+08:00"
    assert csv_text(date(2026, 3, 2)) == "2026-03-02"
    assert csv_text(Decimal("-1234.50")) == "-1234.50"
    assert csv_text(Decimal("1E+3")) == "1000"
    assert csv_text(-5) == "-5"
    assert csv_text(None) == ""
    assert [csv_text(value) for value in (True, False)] == ["yes", "no"]
    assert csv_text(mark_safe("<b>Q &amp; A</b> &lt;x&gt;")) == "Q & A <x>"


def test_a_csv_file_begins_with_the_mark_excel_needs() -> None:
    text = "".join(csv_lines(["=Name", "Sum"], [["a,b\n", Decimal("1.00")], ['"', None]]))
    assert text == f'{BOM}\'=Name,Sum\r\n"a,b\n",1.00\r\n"""",\r\n'
    assert "".join(csv_lines(["A"], [])) == f"{BOM}A\r\n"


def test_csv_comes_line_by_line() -> None:
    drawn = []

    def rows() -> Any:
        for n in range(3):
            drawn.append(n)
            yield [n]

    lines = csv_lines(["N"], rows())
    assert next(lines) == f"{BOM}N\r\n0\r\n"
    assert drawn == [0]


def workbook(sheets: list[Sheet], parameters: Any = ()) -> tuple[Any, bytes]:
    with xlsx_file(sheets, parameters) as file:
        content = file.read()
    return openpyxl.load_workbook(io.BytesIO(content)), content


def test_a_workbook_has_numbers_dates_and_text() -> None:
    at = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    rows = [["=1+1", Decimal("-1234.50"), 7, date(2026, 3, 2), at, None, "http://x.test", "0012"]]
    with timezone.override("Asia/Shanghai"):
        book, content = workbook(
            [Sheet("CNY", list("ABCDEFGH"), rows, totals=["Total", Decimal("-1234.50")])],
            [("As of", date(2026, 3, 2)), ("Filter", "=x")],
        )
    sheet = book["CNY"]
    cells = [cell.value for cell in sheet[2]]
    assert cells[:3] == ["=1+1", -1234.5, 7]
    assert sheet["A2"].data_type == "s"
    assert cells[3].date() == date(2026, 3, 2)
    assert (cells[4].hour, cells[4].minute) == (1, 30)
    assert cells[5:] == [None, "http://x.test", "0012"]
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[3]][:2] == ["Total", -1234.5]
    assert sheet["A3"].font.b
    assert book["Parameters"]["B1"].value.date() == date(2026, 3, 2)
    assert book["Parameters"]["B2"].data_type == "s"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()


def test_sheets_get_names_that_excel_takes() -> None:
    names = ["a/b:c*d?e[f]", "x" * 50, "x" * 50, "CNY", "cny", "", "Parameters"]
    book, _content = workbook([Sheet(name, ["A"], []) for name in names])
    assert len(set(map(str.lower, book.sheetnames))) == len(names) + 1
    assert all(len(name) <= 31 for name in book.sheetnames)

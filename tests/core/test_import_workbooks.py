"""Workbooks and other files that were made to harm, or that say less than they seem to."""

from __future__ import annotations

import codecs
import io
import time
import zipfile

import openpyxl
import pytest

import payments.importers  # noqa: F401 - registers the kinds
from core.imports import FileRefused, Row, RowError, importer_of, read_bytes, run
from core.imports.cells import from_json, to_json
from tests.conftest import NOON


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(content: bytes, name: str, change) -> bytes:
    """Return the workbook with one of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            raw = old.read(entry)
            new.writestr(entry.filename, change(raw) if entry.filename == name else raw)
    return stream.getvalue()


def plain() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(("code", "name"))
    book.active.append(("A", "Acme"))
    return saved(book)


SHEET = "xl/worksheets/sheet1.xml"


def with_last_row(number: int, cells: str) -> bytes:
    row = f'<row r="{number}">{cells}</row></sheetData>'.encode()
    return with_part(plain(), SHEET, lambda raw: raw.replace(b"</sheetData>", row))


@pytest.mark.parametrize("number", [1_003 + 2, 1_000_000, 2_000_000_000])
def test_a_gap_of_many_rows_is_refused_and_takes_no_time(number):
    cell = f'<c r="A{number}" t="inlineStr"><is><t>B</t></is></c>'
    begun = time.monotonic()
    with pytest.raises(FileRefused):
        read_bytes(with_last_row(number, cell))
    assert time.monotonic() - begun < 20


def test_an_empty_row_far_below_is_nothing():
    assert read_bytes(with_last_row(50_000, "")).rows == ((2, ("A", "Acme")),)


def test_a_cell_far_to_the_right_is_refused():
    cell = '<c r="XFD3" t="inlineStr"><is><t>B</t></is></c>'
    with pytest.raises(FileRefused, match="200 columns"):
        read_bytes(with_last_row(3, cell))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_bytes_that_do_not_unpack_are_refused(method):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a.xml", bytes(range(256)) * 40)
        archive.writestr("b.xml", b"<b/>")
    raw = bytearray(stream.getvalue())
    raw[40:80] = b"\xff" * 40
    with pytest.raises(FileRefused, match="damaged"):
        read_bytes(bytes(raw))


@pytest.mark.parametrize("size", [10, 5_000, (1 << 20) - 3])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_found_wherever_it_stands(size, encoding):
    text = f"<!--{'x' * size}--><!DOCTYPE lolz [<!ENTITY lol 'lol'>]><worksheet/>"
    head = '<?xml version="1.0" encoding="UTF-16"?>' if encoding == "utf-16" else ""
    raw = with_part(plain(), SHEET, lambda _raw: (head + text).encode(encoding))
    with pytest.raises(FileRefused, match="no spreadsheet"):
        read_bytes(raw)


def test_a_nul_behind_a_mark_is_refused():
    for raw in (
        codecs.BOM_UTF8 + b"code,name\nA,x\x00y\n",
        "\ufeffcode,name\nA,x\x00y\n".encode("utf-16-le"),
    ):
        with pytest.raises(FileRefused, match="neither"):
            read_bytes(raw)


def test_which_of_several_sheets_was_read_is_said():
    book = openpyxl.load_workbook(io.BytesIO(plain()))
    book.active.title = "First"
    book.create_sheet("Empty")
    book.create_sheet("Second").append(("code", "x"))
    book.create_sheet("Hidden").append(("code", "x"))
    book["Hidden"].sheet_state = "hidden"
    sheet = read_bytes(saved(book))
    assert sheet.notes == ("Only the sheet First was read, not: Second.",)
    assert read_bytes(plain()).notes == ()


def test_a_formula_without_a_result_is_an_error_at_its_cell():
    book = openpyxl.load_workbook(io.BytesIO(plain()))
    book.active.append(("B", "=A3&1"))
    book.active.append(("C", "#REF!"))
    rows = read_bytes(saved(book)).rows
    for _number, cells in rows[1:]:
        kept = from_json(to_json(cells)[1])
        for reads in (
            lambda row: row.text("name", limit=90),
            lambda row: row.optional_amount("name", ""),
            lambda row: row.optional_day("name"),
        ):
            with pytest.raises(RowError, match="formula without a result"):
                reads(Row(2, {"name": kept}))
    assert Row(2, {"name": rows[0][1][1]}).text("name", limit=90) == "Acme"


def test_a_formula_that_came_to_an_empty_text_is_an_empty_cell():
    cells = '<c r="A3" t="str"><f>"B"</f><v>B</v></c><c r="B3" t="str"><f>""</f><v></v></c>'
    assert read_bytes(with_last_row(3, cells)).rows[1] == (3, ("B",))


@pytest.mark.django_db
def test_a_day_of_payment_alone_is_paid_in_full_and_said_so(in_tenant):
    sheet = read_bytes(
        b"customer_code,number,bill_date,amount,paid_on,paid_amount\n"
        b"C1,B1,2026-01-05,113,2026-02-01,\nC1,B2,2026-01-05,5,2026-02-01,5\n"
    )
    report = run(importer=importer_of("bills"), sheet=sheet, at=NOON, actor=None, dry_run=True)
    assert report.new == 2
    plan = importer_of("bills")
    records = [plan.parse(Row(n, dict(zip(sheet.header, c, strict=False)))) for n, c in sheet.rows]
    assert [one.is_paid_by_day for one in records] == [True, False]


@pytest.mark.parametrize("text", ["two\nlines", "a\x07b", "a\x85b"])
def test_lines_and_control_characters_are_refused_in_names(text):
    with pytest.raises(RowError):
        Row(2, {"name": text}).text("name", limit=90)


def test_an_address_has_lines_and_no_control_characters():
    row = Row(2, {"address": "1 Road\r\nLondon"})
    assert row.text("address", limit=90, lines=True) == "1 Road\nLondon"
    with pytest.raises(RowError):
        Row(2, {"address": "1\x07Road"}).text("address", limit=90, lines=True)

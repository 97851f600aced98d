"""Reading other people's files: encodings, delimiters, limits, and what is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from core.imports import Column, FileRefused, Row, RowError, fingerprints, read_bytes, reading
from core.imports.columns import column_positions

CHINESE = (
    "编号,名称,地址\n"
    "C1,上海晨光科技有限公司,上海市浦东新区张江路88号\n"
    "C2,北京远航贸易有限公司,北京市朝阳区建国路1号\n"
)


def xlsx(*rows: tuple) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def cells(content: bytes) -> list[tuple]:
    return [row for _number, row in read_bytes(content).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_is_read_in_every_usual_encoding(encoding):
    sheet = read_bytes(CHINESE.encode(encoding))

    assert sheet.header == ("编号", "名称", "地址")
    assert sheet.rows[0] == (2, ("C1", "上海晨光科技有限公司", "上海市浦东新区张江路88号"))


def test_a_western_file_is_not_taken_for_chinese():
    sheet = read_bytes("code;name\n1;Müller & Söhne GmbH\n2;Café Noël, Besançon\n".encode("cp1252"))

    assert sheet.rows[0][1] == ("1", "Müller & Söhne GmbH")
    assert sheet.rows[1][1] == ("2", "Café Noël, Besançon")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_and_quotes_are_kept_to(delimiter):
    text = f'code{delimiter}"name{delimiter} long"\nC1{delimiter}"He said ""yes""\nand left"\n'

    assert read_bytes(text.encode()).header == ("code", f"name{delimiter} long")
    assert cells(text.encode()) == [("C1", 'He said "yes"\nand left')]


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    sheet = read_bytes(b"\ncode\n\nA\n,,\nB\n")

    assert sheet.header == ("code",)
    assert [number for number, _cells in sheet.rows] == [4, 6]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"code\x00name\nA",
        b"%PDF-1.7\x00",
        b"\xd0\xcf\x11\xe0 old xls",
        b"PK\x03\x04 not a zip",
        b'code,name\nA,"never closed',
        b"a," * 250 + b"b\n1",
    ],
)
def test_what_is_no_table_is_refused(content):
    with pytest.raises(FileRefused):
        read_bytes(content)


def test_limits_of_rows_and_size(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    assert len(cells(b"code\n1\n2\n3\n")) == 3
    with pytest.raises(FileRefused):
        read_bytes(b"code\n1\n2\n3\n4\n")
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    with pytest.raises(FileRefused):
        read_bytes(b"code\n12345678")


def test_xlsx_days_numbers_and_texts():
    content = xlsx(
        ("code", "day", "amount", "name", "yes"),
        (1001, datetime(2026, 3, 31), 1128.2, "=1+1", True),  # noqa: DTZ001 - a spreadsheet has no zone
        ("007", date(2026, 4, 1), 0.1 + 0.2, None, None),
    )

    first, second = cells(content)
    assert first[:3] == (Decimal(1001), date(2026, 3, 31), Decimal("1128.2"))
    assert first[4] == "True"
    assert second == ("007", date(2026, 4, 1), Decimal("0.3"))


def test_a_spreadsheets_binary_noise_does_not_become_money():
    """Excel stores 1128.2 at times as 1128.1999999999998."""
    row = Row(2, {"amount": cells(xlsx(("amount",), (1128.1999999999998,)))[0][0]})

    assert row.amount("amount", "CNY") == Decimal("1128.2")


def test_bombs_are_refused_before_they_unpack():
    with pytest.raises(FileRefused, match="reasonable"):
        read_bytes(zipped(**{"xl/worksheets/sheet1.xml": b"0" * (101 * 1024 * 1024)}))
    with pytest.raises(FileRefused, match="reasonable"):
        read_bytes(zipped(**{"a.xml": b"0" * 2_000_000}))
    with pytest.raises(FileRefused, match="reasonable"):
        read_bytes(zipped(**{f"{n}.txt": b"" for n in range(2_001)}))


def test_an_xml_document_type_is_refused():
    laughs = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><worksheet/>'
    with pytest.raises(FileRefused, match="no spreadsheet"):
        read_bytes(zipped(**{"xl/worksheets/sheet1.xml": laughs, "pad.bin": bytes(range(256))}))


COLUMNS = (
    Column("code", ("客户编号",), required=True),
    Column("bill_date", ("账单日期",)),
    Column("name"),
)


@pytest.mark.parametrize(
    "header",
    [
        ["Code", "Bill Date"],
        ["CODE", "bill-date"],
        ["客户编号", "账单日期"],
        ["ｃｏｄｅ", "BillDate"],
    ],
)
def test_headers_are_known_by_many_names(header):
    assert column_positions(COLUMNS, header, {}) == {"code": 0, "bill_date": 1}


def test_a_mapping_asked_for_comes_first():
    header = ["code", "customerID", "name"]
    assert column_positions(COLUMNS, header, {"code": "customerid"}) == {"code": 1, "name": 2}


@pytest.mark.parametrize(
    ("header", "asked", "words"),
    [
        (["code"], {"name": "Kunde"}, 'no column "Kunde"'),
        (["code"], {"nonsense": "code"}, 'no column "nonsense"'),
        (["name"], {}, "lacks"),
        (["code", "Code "], {}, "More than one"),
        (["code", "客户编号"], {}, "More than one"),
    ],
)
def test_unclear_columns_are_refused(header, asked, words):
    with pytest.raises(FileRefused, match=words):
        column_positions(COLUMNS, header, asked)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026/3/1", date(2026, 3, 1)),
        ("2026.12.01", date(2026, 12, 1)),
        ("2026年3月1日", date(2026, 3, 1)),
        ("2028-02-29", date(2028, 2, 29)),
    ],
)
def test_days_written_year_first(text, day):
    assert Row(2, {"day": text}).day("day") == day


@pytest.mark.parametrize(
    "text",
    [
        "31 Feb",
        "2026-02-31",
        "2026-02-29",
        "4/6/2013",
        "06.04.2013",
        "2026-3/1",
        "1900-01-01",
        "45000",
        "",
    ],
)
def test_days_that_are_unclear_or_do_not_exist_are_refused(text):
    with pytest.raises(RowError):
        Row(2, {"day": text}).day("day")


def test_a_date_format_that_is_said_is_the_only_one():
    assert Row(2, {"d": "4/6/2013"}, "%m/%d/%Y").day("d") == date(2013, 4, 6)
    assert Row(2, {"d": date(2013, 4, 6)}, "%m/%d/%Y").day("d") == date(2013, 4, 6)
    with pytest.raises(RowError):
        Row(2, {"d": "2013-04-06"}, "%m/%d/%Y").day("d")
    with pytest.raises(RowError):
        Row(2, {"d": "2/31/2013"}, "%m/%d/%Y").day("d")


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "1e3",
        "1.280,50",
        "12,80.50",
        "１２",
        "0x10",
        "1 000",
        "10.001",
        "=1+1",
        "",
        "1" * 16,
    ],
)
def test_amounts_that_are_none_are_refused(text):
    with pytest.raises(RowError):
        Row(2, {"amount": text}).amount("amount", "CNY")


def test_amounts_keep_to_the_currency():
    assert Row(2, {"amount": "1,280.50"}).amount("amount", "CNY") == Decimal("1280.50")
    assert Row(2, {"amount": "10.001"}).amount("amount", "KWD") == Decimal("10.001")
    with pytest.raises(RowError, match="decimal places"):
        Row(2, {"amount": "10.5"}).amount("amount", "JPY")


def test_an_error_names_row_column_and_cell_and_steers_no_terminal():
    error = RowError("is no amount", row=7, column="Net", value="\x1b[2J" + "x" * 90)

    assert str(error).startswith('row 7: error column "Net" ([2Jxx')
    assert str(error).endswith("…): is no amount")
    assert "\x1b" not in str(error)


def test_fingerprints_are_stable_and_true_twins_survive():
    keys = [
        ("C1", "2026-01-01", "5.00"),
        ("C1", "2026-01-01", "5.00"),
        ("C2", "2026-01-01", "5.00"),
    ]

    first = fingerprints(keys)
    assert len(set(first)) == 3
    assert fingerprints(keys) == first


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("1;Señor Niño, España\n", "cp1252"),
        ("1;Żółć Łódź Sp. z o.o.\n", "cp1250"),
        ("1;ООО Ромашка, Москва\n", "cp1251"),
        ("1;臺灣積體電路製造股份有限公司\n", "big5"),
        ("1;株式会社トヨタ自動車\n", "cp932"),
    ],
)
def test_other_encodings_are_guessed_and_said(text, encoding):
    sheet = read_bytes(f"code;name\n{text}".encode(encoding))

    assert ";".join(sheet.rows[0][1]) == text.strip()
    assert sheet.notes == (f"Read as {encoding.upper()}.",)


@pytest.mark.parametrize("text", ["1.280", "-120.000", "1.000"])
def test_a_dot_that_may_part_thousands_is_refused(text):
    with pytest.raises(RowError, match="two ways"):
        Row(2, {"a": text}).amount("a", "EUR")
    assert Row(2, {"a": text}).amount("a", "KWD")


def test_a_dot_that_cannot_part_thousands_is_read():
    assert Row(2, {"a": "0.500"}).amount("a", "EUR") == Decimal("0.5")
    assert Row(2, {"a": "1280.500"}).amount("a", "EUR") == Decimal("1280.5")
    assert Row(2, {"a": Decimal("1.280")}).amount("a", "EUR") == Decimal("1.28")

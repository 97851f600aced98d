"""Reading a CSV or XLSX file somebody else made: bounded, guarded, and never guessing silently."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import openpyxl
from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

# What a cell holds: text as it stands in the file, or a spreadsheet's own number or day.
Cell = str | Decimal | date

MAX_BYTES = 50 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_UNPACKED = 100 * 1024 * 1024
MAX_RATIO = 100
MAX_ENTRIES = 2_000
# What spreadsheets of Europe, Taiwan, Japan and Korea write when not told otherwise.
_LEGACY = ("cp1252", "cp1250", "cp1251", "big5", "cp932", "cp949")
DELIMITERS = (",", ";", "\t")
# Spreadsheets keep 15 significant digits; what is beyond is noise of binary numbers.
_SPREADSHEET = Context(prec=15)


class FileRefused(Exception):
    """The file cannot be read; the message says why, for a person."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows. ``notes`` say what was assumed about it; the header is row 1."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]  # (row number as a spreadsheet shows it, cells)
    notes: tuple[str, ...] = ()


def read_file(path: Path) -> Sheet:
    """
    Return the rows of a CSV or XLSX file.

    :raises FileRefused: if it is no such file, is damaged, or passes a limit
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileRefused(_("The file is larger than 50 MB."))
        content = path.read_bytes()
    except OSError as error:
        raise FileRefused(
            _("%(path)s cannot be read: %(why)s") % {"path": path, "why": error.strerror}
        ) from error
    return read_bytes(content)


def read_bytes(content: bytes) -> Sheet:
    """
    Return the rows of a CSV or XLSX file's content; which one it is, its first bytes say.

    :raises FileRefused: if it is neither, is damaged, or passes a limit
    """
    if len(content) > MAX_BYTES:
        raise FileRefused(_("The file is larger than 50 MB."))
    if content.startswith(b"PK\x03\x04"):
        return _sheet(_xlsx_rows(content), ())
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(_("This is an old XLS file. Save it as XLSX or CSV."))
    text, encoding = _decoded(content)
    delimiter = _delimiter(text)
    if text.lower().startswith("sep="):  # a hint Excel writes and hides
        text = text.partition("\n")[2]
    notes = () if encoding == "utf-8" else (_("Read as %(name)s.") % {"name": encoding.upper()},)
    return _sheet(_csv_rows(text, delimiter), notes)


def _sheet(rows: Iterator[tuple[Cell, ...]], notes: tuple[str, ...]) -> Sheet:
    header: tuple[str, ...] = ()
    kept: list[tuple[int, tuple[Cell, ...]]] = []
    for number, row in enumerate(rows, start=1):
        cells = tuple(row)
        while cells and cells[-1] == "":
            cells = cells[:-1]
        if len(cells) > MAX_COLUMNS:
            raise FileRefused(_("Row %(row)s has more than 200 columns.") % {"row": number})
        if not header:
            header = tuple(str(cell).strip() for cell in cells)
        elif cells:
            kept.append((number, cells))
        if len(kept) > MAX_ROWS:
            raise FileRefused(_("The file has more than 200,000 rows."))
    if not header:
        raise FileRefused(_("The file is empty."))
    return Sheet(header, tuple(kept), notes)


def _decoded(content: bytes) -> tuple[str, str]:
    """Return the text and the encoding it was read in."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return _strictly(content, "utf-8-sig" if encoding == "utf-8" else encoding), encoding
    if b"\x00" in content:
        raise FileRefused(_("This is neither a CSV nor an XLSX file."))
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if _is_chinese(content):
        return content.decode("gb18030"), "gb18030"
    best = from_bytes(content[:200_000], cp_isolation=list(_LEGACY)).best()
    encoding = best.encoding if best else ""
    if encoding == "cp1250" and _is_western(content):
        encoding = "cp1252"
    return _strictly(content, encoding), encoding


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise FileRefused(
            _("The characters of the file cannot be read. Save it as UTF-8.")
        ) from error


def _is_chinese(content: bytes) -> bool:
    """
    Test if bytes that are not UTF-8 are GB18030.

    Nearly any bytes decode as GB18030 (``Müller`` of Windows-1252 too), but only Chinese text
    comes out as characters of everyday use, which are those of the older GB2312.
    """
    try:
        foreign = [char for char in content.decode("gb18030") if not char.isascii()]
    except UnicodeDecodeError:
        return False
    everyday = sum(1 for char in foreign if _in_gb2312(char))
    return everyday * 10 >= len(foreign) * 8


def _is_western(content: bytes) -> bool:
    """Test if Western Europe's code page gives letters where Central Europe's does as well."""
    text = content.decode("cp1252", "replace")
    return all(char.isascii() or char.isalpha() or char in "€’“”–" for char in text)


def _in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    """Return what parts the columns: the candidate that gives the header most columns."""
    first = text.partition("\n")[0].strip("\r")
    if hint := re.fullmatch(r"sep=(.)", first, re.IGNORECASE):
        return hint[1]

    def columns(delimiter: str) -> int:
        return len(next(csv.reader(io.StringIO(text), delimiter=delimiter), []))

    try:
        return max(DELIMITERS, key=columns)  # the first of equals
    except csv.Error as error:
        raise FileRefused(_("The first row of the file cannot be read.")) from error


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[Cell, ...]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield tuple(cell.strip(" \u00a0\u3000") for cell in row)
    except csv.Error as error:
        raise FileRefused(
            _("The file is damaged before its line %(line)s (%(why)s).")
            % {"line": reader.line_num + 1, "why": error}
        ) from error


def _xlsx_rows(content: bytes) -> Iterator[tuple[Cell, ...]]:
    _refuse_bomb(content)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
        sheet.reset_dimensions()  # what the file says of its own size is not believed
        for row in sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True):
            yield tuple(_cell(value) for value in row)
    except Exception as error:
        raise FileRefused(_("The XLSX file is damaged.")) from error


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if (
                len(entries) > MAX_ENTRIES
                or unpacked > MAX_UNPACKED
                or unpacked > MAX_RATIO * max(len(content), 1)
            ):
                raise FileRefused(_("The XLSX file unpacks to more than is reasonable."))
            if any(
                b"<!DOCTYPE" in archive.open(entry).read(4096)
                for entry in entries
                if entry.filename.endswith((".xml", ".rels"))
            ):
                raise FileRefused(_("The XLSX file contains what no spreadsheet needs."))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise FileRefused(_("The XLSX file is damaged.")) from error


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _SPREADSHEET.create_decimal(repr(value))
        return number if number.is_finite() else repr(value)
    return str(value).strip(" \u00a0\u3000")

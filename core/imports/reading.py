"""Reading a CSV or XLSX file somebody else made: bounded, guarded, and never guessing silently."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, VALUE_TAG
from openpyxl.xml.functions import iterparse


class NotReckoned(str):
    """A formula without a result in the file, or one that came to an error."""

    __slots__ = ()


# What a cell holds: text as it stands in the file, or a spreadsheet's own number or day.
Cell = str | Decimal | date

MAX_BYTES = 50 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_EMPTY = 1_000  # rows without a cell, above one that has some
MAX_UNPACKED = 100 * 1024 * 1024
MAX_RATIO = 100
MAX_ENTRIES = 2_000
# What spreadsheets of Europe, Taiwan, Japan and Korea write when not told otherwise.
_LEGACY = ("cp1252", "cp1250", "cp1251", "big5", "cp932", "cp949")
DELIMITERS = (",", ";", "\t")
_LAST_ROW = 1_048_576  # no spreadsheet has more
_PIECE = 1 << 20
_OVERLAP = 32  # more than twice the longest mark that is looked for
_LOOKED_AT = 100  # rows of a sheet that is not read
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
        return _workbook(content)
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
            text = _strictly(content, "utf-8-sig" if encoding == "utf-8" else encoding)
            if "\x00" in text:
                raise FileRefused(_("This is neither a CSV nor an XLSX file."))
            return text, encoding
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


def _workbook(content: bytes) -> Sheet:
    """Return the rows of the first visible sheet, and say so if another has some, too."""
    _refuse_bomb(content)
    book = _opened(content)
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not shown:
        raise FileRefused(_("The XLSX file has no visible sheet."))
    open_formulas = _formulas_without_result(shown[0]) if _has_formulas(content) else {}
    notes: tuple[str, ...] = ()
    others = [sheet.title for sheet in shown[1:] if _has_rows(sheet)]
    if others:
        notes = (
            _("Only the sheet %(name)s was read, not: %(others)s.")
            % {"name": shown[0].title, "others": ", ".join(others)},
        )
    return _sheet(_xlsx_rows(shown[0], open_formulas), notes)


def _opened(content: bytes) -> Any:
    try:
        return openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
    except Exception as error:
        raise FileRefused(_("The XLSX file is damaged.")) from error


def _xlsx_rows(sheet: Any, formulas: Mapping[tuple[int, int], str]) -> Iterator[tuple[Cell, ...]]:
    """Return the rows; a gap in their numbers counts as empty rows, of which few may follow."""
    empty = 0
    for number, values in enumerate(_raw_rows(sheet), start=1):
        if number > _LAST_ROW:
            raise FileRefused(_("The XLSX file is damaged."))
        if not values:
            empty += 1
            yield ()
            continue
        if len(values) > MAX_COLUMNS:
            raise FileRefused(_("Row %(row)s has more than 200 columns.") % {"row": number})
        cells = tuple(
            _cell(value, formulas.get((number, place), ""))
            for place, value in enumerate(values, start=1)
        )
        filled = any(cell != "" for cell in cells)
        if filled and empty > MAX_EMPTY:
            raise FileRefused(
                _("More than 1,000 empty rows stand above row %(row)s. Delete them.")
                % {"row": number}
            )
        empty = 0 if filled else empty + 1
        yield cells


def _raw_rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what the file says of its own size is not believed
    try:
        yield from sheet.iter_rows(max_row=_LAST_ROW + 1, values_only=True)
    except Exception as error:
        raise FileRefused(_("The XLSX file is damaged.")) from error


def _has_rows(sheet: Any) -> bool:
    """Test if one of the sheet's first rows says anything."""
    first = islice(_raw_rows(sheet), _LOOKED_AT)
    return any(value not in {None, ""} for row in first for value in row)


def _formulas_without_result(sheet: Any) -> dict[tuple[int, int], str]:
    """Return them by row and column; an empty text is a result, too."""
    found = {}
    try:
        with sheet._get_source() as part:  # noqa: SLF001 - the only way to what a cell has beside its value
            for _event, row in iterparse(part):
                if row.tag != ROW_TAG:
                    continue
                for cell in row:
                    formula = cell.find(FORMULA_TAG)
                    is_open = cell.get("t") != "str" and not cell.findtext(VALUE_TAG)
                    if formula is not None and is_open and cell.get("r"):
                        found[coordinate_to_tuple(cell.get("r"))] = f"={formula.text or ''}"
                row.clear()
    except Exception as error:
        raise FileRefused(_("The XLSX file is damaged.")) from error
    return found


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(
            mark in piece
            for entry in archive.infolist()
            if entry.filename.startswith("xl/worksheets/")
            for piece in _pieces(archive, entry)
            for mark in (b"<f>", b"<f ", b":f>", b":f ")
        )


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Return the unpacked bytes in pieces, each with the end of the one before."""
    before = b""
    with archive.open(entry) as part:
        while piece := part.read(_PIECE):
            yield before + piece
            before = piece[-_OVERLAP:]


def _refuse_bomb(content: bytes) -> None:
    """Refuse what unpacks to too much, and what no spreadsheet writes into its parts."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            too_much = _unpacks_to_too_much(archive, len(content))
            odd = not too_much and _declares_types(archive)
    except Exception as error:  # zlib, LZMA and zipfile have one of their own for every damage
        raise FileRefused(_("The XLSX file is damaged.")) from error
    if too_much:
        raise FileRefused(_("The XLSX file unpacks to more than is reasonable."))
    if odd:
        raise FileRefused(_("The XLSX file contains what no spreadsheet needs."))


def _unpacks_to_too_much(archive: zipfile.ZipFile, size: int) -> bool:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    limit = min(MAX_UNPACKED, MAX_RATIO * max(size, 1))
    return len(entries) > MAX_ENTRIES or unpacked > limit


def _declares_types(archive: zipfile.ZipFile) -> bool:
    """Test all parts: any may be named as a sheet, and in UTF-16 every other byte is empty."""
    return any(
        mark in piece.replace(b"\x00", b"")
        for entry in archive.infolist()
        for piece in _pieces(archive, entry)
        for mark in (b"<!DOCTYPE", b"<!ENTITY")
    )


def _cell(value: Any, formula: str = "") -> Cell:
    if value is None:
        return NotReckoned(formula) if formula else ""
    if isinstance(value, str) and value in ERROR_CODES:
        return NotReckoned(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _SPREADSHEET.create_decimal(repr(value))
        return number if number.is_finite() else repr(value)
    return str(value).strip(" \u00a0\u3000")

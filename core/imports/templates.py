"""Templates to fill in: a workbook per kind and language, with an example, choices and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.imports.columns import Column, Holds
from core.imports.running import Importer

LAST_ROW = 20_000  # as far as choices are offered
_WIDTHS = (14, 34)


def template_file(importer: Importer, language: str) -> IO[bytes]:
    """Return the workbook as an open file; its headers and notes are in the language.

    The row below the headers is an example. It is known again and left out, if it stays.
    """
    file: Any = SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - the response closes it
    with override(language), xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        styles = _styles(book)
        page = book.add_worksheet(_sheet_name(importer))
        notes = book.add_worksheet(_("Notes"))
        lists = book.add_worksheet("Lists")
        lists.hide()
        options = importer.options()
        page.freeze_panes(1, 0)
        for place, column in enumerate(importer.columns):
            _write_column(page, place, column, language, styles)
            choices = _choices(column, options, language)
            if choices:
                _offer(page, lists, place, choices)
        _write_notes(notes, importer, options, language, styles)
    file.seek(0)
    opened: IO[bytes] = file
    return opened


def _styles(book: Any) -> dict[str, Any]:
    head = {"bold": True, "bottom": 1, "valign": "top", "text_wrap": True}
    gray = {"italic": True, "font_color": "#667085"}
    return {
        "head": book.add_format(head),
        "needed": book.add_format(head | {"bg_color": "#FFF3D6"}),
        "text": book.add_format({"num_format": "@"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "amount": book.add_format({"num_format": "#,##0.00##"}),
        "text-example": book.add_format(gray | {"num_format": "@"}),
        "day-example": book.add_format(gray | {"num_format": "yyyy-mm-dd", "align": "left"}),
        "amount-example": book.add_format(gray | {"num_format": "#,##0.00##"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
    }


def _sheet_name(importer: Importer) -> str:
    return str(importer.title)[:31]


def _write_column(
    page: Any, place: int, column: Column, language: str, styles: Mapping[str, Any]
) -> None:
    title = column.title(language)
    kind = column.holds.value if column.holds in {Holds.DAY, Holds.AMOUNT} else "text"
    narrow, wide = _WIDTHS
    width = min(max(2 * len(title) if language.startswith("zh") else len(title) + 2, narrow), wide)
    page.set_column(place, place, width, styles[kind])
    page.write_string(0, place, title, styles["needed" if column.required else "head"])
    example = column.word(column.example[language.startswith("zh")], language)
    style = styles[f"{kind}-example"]
    if not example:
        return
    if kind == "day":
        page.write_datetime(1, place, date.fromisoformat(example), style)
    elif kind == "amount":
        page.write_number(1, place, Decimal(example), style)
    else:
        page.write_string(1, place, example, style)


def _choices(column: Column, options: Mapping[str, Sequence[str]], language: str) -> list[str]:
    """Return what the cells of the column may say: fixed words, or the company's own."""
    if column.words:
        return [column.word(value, language) for value in column.words]
    return list(options.get(column.name, ()))


def _offer(page: Any, lists: Any, place: int, choices: Sequence[str]) -> None:
    """Offer the choices as a drop-down; they stand on a hidden sheet, where no length limits."""
    for line, choice in enumerate(choices):
        lists.write_string(line, place, choice)
    letter = xlsxwriter.utility.xl_col_to_name(place)
    source = f"=Lists!${letter}$1:${letter}${len(choices)}"
    page.data_validation(
        1, place, LAST_ROW, place, {"validate": "list", "source": source, "error_type": "warning"}
    )


def _write_notes(
    notes: Any,
    importer: Importer,
    options: Mapping[str, Sequence[str]],
    language: str,
    styles: Mapping[str, Any],
) -> None:
    notes.set_column(0, 0, 26, styles["wrap"])
    notes.set_column(1, 1, 12, styles["wrap"])
    notes.set_column(2, 2, 90, styles["wrap"])
    notes.write_string(0, 0, str(importer.title), styles["title"])
    for line, text in enumerate((importer.intro, importer.warning, _general()), start=1):
        notes.merge_range(line, 0, line, 2, str(text), styles["wrap"])
        notes.set_row(line, 45 if len(str(text)) > _LONG else 20)
    for place, head in enumerate((_("Column"), _("Needed"), _("What to write"))):
        notes.write_string(5, place, head, styles["head"])
    for line, column in enumerate(importer.columns, start=6):
        notes.write_string(line, 0, column.title(language), styles["wrap"])
        notes.write_string(line, 1, _("yes") if column.required else "", styles["wrap"])
        notes.write_string(line, 2, column_note(column, options, language), styles["wrap"])


_LONG = 110


def _general() -> str:
    return _("Write below the first row; the example in gray is left out. Columns may be missing.")


def column_note(column: Column, options: Mapping[str, Sequence[str]], language: str) -> str:
    """Return what to write into the column, in the active language."""
    parts = [str(column.note)] if column.note else []
    if column.holds == Holds.DAY:
        parts.append(_("A day, such as 2026-03-31."))
    elif column.holds == Holds.AMOUNT:
        parts.append(_("A number, such as 1280.50."))
    elif column.holds == Holds.CURRENCY:
        parts.append(_("Three letters, such as CNY or EUR."))
    choices = _choices(column, options, language)
    if choices:
        parts.append(_("One of: %(choices)s.") % {"choices": ", ".join(choices)})
    return " ".join(parts)

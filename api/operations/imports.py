"""Files that programs import: taken in one step, checked as the pages check them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from api.enums import Scope
from api.problems import NotPossible, at_field, escaped
from api.uploads import Upload
from core.imports import FileRefused, Importer
from core.imports.cells import PLAIN, asks_for_format
from core.imports.columns import guessed_positions, key_of
from core.imports.kept import possible_formats
from core.models import FileImport, User
from core.operations.imports import choose_columns, start_import

# What a file of each kind writes: a key that imports it has the scopes for that, too.
WRITES: dict[str, tuple[str, ...]] = {
    "customers": (Scope.CUSTOMERS_WRITE,),
    "products": (Scope.INVOICES_WRITE,),
    "charges": (Scope.INVOICES_WRITE,),
    "bills": (
        Scope.CUSTOMERS_WRITE,
        Scope.INVOICES_WRITE,
        Scope.INVOICES_ISSUE,
        Scope.PAYMENTS_WRITE,
    ),
    "receipts": (Scope.PAYMENTS_WRITE,),
}


@transaction.atomic
def take_file(
    *,
    importer: Importer,
    file: Upload,
    mapping: Mapping[str, str | None],
    date_format: str | None,
    at: datetime,
    actor: User,
) -> FileImport:
    """
    Keep the file, say which column is which, and check its rows: at once, or by a job if many.

    ``mapping`` names by our columns the file's headers; what it leaves out is found as the pages
    find it, and None is not read. Without ``date_format`` the days must be clear.

    :raises NotPossible: naming what cannot be; then nothing is kept
    """
    try:
        found = start_import(
            importer=importer, content=file.content, name=file.name, at=at, actor=actor
        )
    except FileRefused as refused:
        raise at_field("/file", refused) from refused
    places = _places(found, importer, mapping)
    missing = [one for one in importer.columns if one.required and one.name not in places]
    if missing:
        text = _("The file lacks a column that is needed. Name the one of the file that is it.")
        raise NotPossible(
            errors=[{"pointer": f"/mapping/{one.name}", "detail": str(text)} for one in missing]
        )
    return choose_columns(
        file_import=found,
        mapping=places,
        date_format=_date_format(found, importer, places, date_format),
        at=at,
        actor=actor,
    )


def _places(
    found: FileImport, importer: Importer, mapping: Mapping[str, str | None]
) -> dict[str, int]:
    """Return the position of each of our columns in the file; those asked for come first."""
    ours = {column.name for column in importer.columns}
    asked: dict[str, int] = {}
    for name, header in mapping.items():
        pointer = f"/mapping/{escaped(name)}"
        if name not in ours:
            known = ", ".join(sorted(ours))
            raise at_field(pointer, _("There is no such column; ours are: %s.") % known)
        if header is None:
            continue
        place = _place_of(found.header, header)
        if place is None:
            known = ", ".join(str(one) for one in found.header)
            text = _("Not one column of the file is called so; it has: %s.") % known
            raise at_field(pointer, text)
        if place in asked.values():
            raise at_field(pointer, _("Another column of the file was taken for this."))
        asked[name] = place
    usual = found.mapping or guessed_positions(importer.columns, found.header)
    return asked | {
        name: place
        for name, place in usual.items()
        if name not in mapping and place not in asked.values()
    }


def _place_of(header: list[str], name: str) -> int | None:
    exact = [place for place, one in enumerate(header) if one == name]
    alike = [place for place, one in enumerate(header) if one and key_of(one) == key_of(name)]
    chosen = exact or alike
    return chosen[0] if len(chosen) == 1 else None


def _date_format(
    found: FileImport, importer: Importer, places: Mapping[str, int], asked: str | None
) -> str:
    formats = possible_formats(found, importer, places)
    if asked is not None:
        if formats and asked not in formats:
            raise at_field("/date_format", _("The days of the file are not written so."))
        return asked
    if found.date_format and found.date_format in formats:
        return found.date_format
    if asks_for_format(formats):
        text = _("Say how the file writes days; it could be: %s.") % ", ".join(formats)
        raise at_field("/date_format", text)
    return (formats or [PLAIN])[0]

"""The texts of pages and mails: collected from the code, compared with their translations.

Babel does what GNU gettext would: it is no Python package and is not everywhere.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import templatize

LANGUAGE = "zh_Hans"
APPS = (
    "billing_site", "core", "messaging", "customers", "ledger", "invoices", "payments", "dunning",
    "reports", "portal", "api",
)  # fmt: skip
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_PERCENT = re.compile(r"%(?:\((\w+)\))?[#0\- +]*[\d.]*[a-zA-Z]|%%")
_BRACES = re.compile(r"{(\w*)[^{}]*}")


def po_path() -> Path:
    return Path(settings.LOCALE_PATHS[0]) / LANGUAGE / "LC_MESSAGES" / "django.po"


def collected() -> Catalog:
    """Return every text of the code and the templates, with where it stands."""
    catalog = Catalog(locale=LANGUAGE, domain="django", project="Duebook", charset="utf-8")
    for path, source in _sources():
        name = path.relative_to(settings.BASE_DIR).as_posix()
        found = extract("python", io.BytesIO(source.encode()), KEYWORDS, ("Translators:",))
        for _line, message_id, comments, context in found:
            if message_id and message_id != ("", ""):
                catalog.add(
                    message_id, locations=[(name, 0)], auto_comments=comments, context=context
                )
    return catalog


def stored() -> Catalog:
    """Return the translations on file; none where there is no file yet."""
    path = po_path()
    if not path.exists():
        return Catalog(locale=LANGUAGE, domain="django", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, domain="django")


def updated() -> Catalog:
    """Return the texts of the code with the translations they have; what is gone is left out."""
    fresh, old = collected(), stored()
    for message in fresh:
        known = old.get(message.id, context=message.context) if message.id else None
        if known is not None:
            message.string = known.string
            message.user_comments = known.user_comments
            message.flags |= known.flags & {"fuzzy"}
    return fresh


def write(catalog: Catalog) -> Path:
    """Write the file in one fixed form, so that a change shows as what it is."""
    path = po_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, omit_header=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n'
        '"Language: zh_Hans\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    path.write_text(header + buffer.getvalue().decode().lstrip("\n"), encoding="utf-8")
    return path


def compiled() -> Path:
    """Write the binary file that Django reads, beside its source."""
    path = po_path().with_suffix(".mo")
    with path.open("wb") as file:
        write_mo(file, stored())
    return path


def problems() -> list[str]:
    """Return what is wrong: texts missing, left over, not translated, or unlike in placeholders."""
    fresh, old = collected(), stored()
    wanted = {(m.context, _key(m)): m for m in fresh if m.id}
    known = {(m.context, _key(m)): m for m in old if m.id}
    found = [f"missing: {_shown(wanted[key])}" for key in wanted.keys() - known.keys()]
    found += [f"no longer used: {_shown(known[key])}" for key in known.keys() - wanted.keys()]
    found += [f"no longer used: {_shown(message)}" for message in old.obsolete.values()]
    for key in wanted.keys() & known.keys():
        found.extend(_problems_of(known[key], wanted[key]))
    return sorted(found)


def _problems_of(message: Message, wanted: Message) -> Iterator[str]:
    strings = _texts(message.string)
    if message.fuzzy:
        yield f"to be reviewed: {_shown(message)}"
    if not strings or not all(strings):
        yield f"not translated: {_shown(message)}"
        return
    if isinstance(wanted.id, tuple) != isinstance(message.id, tuple):
        yield f"plural forms differ: {_shown(message)}"
    longest = _texts(message.id)[-1]
    for string in strings:
        if placeholders(string) != placeholders(longest):
            yield f"placeholders differ: {_shown(message)} -> {string!r}"
        if (string[0] == "\n", string[-1] == "\n") != (longest[0] == "\n", longest[-1] == "\n"):
            yield f"line ends differ: {_shown(message)}"


def placeholders(text: str) -> list[str]:
    """Return the names a text is filled with, ``%(count)s`` and ``{count}`` alike, sorted."""
    percent = [match[1] or "" for match in _PERCENT.finditer(text) if match[0] != "%%"]
    return sorted(percent) + sorted(_BRACES.findall(text))


def _sources() -> Iterator[tuple[Path, str]]:
    root = Path(settings.BASE_DIR)
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")
    for pattern in ("*.html", "*.txt"):
        for path in sorted((root / "templates").rglob(pattern)):
            # Django writes the template as calls; indentation would not be Python's.
            calls = templatize(path.read_text(encoding="utf-8"), origin=path.name)
            yield path, "\n".join(line.strip() for line in calls.splitlines()) + "\n"


def _key(message: Message) -> str:
    return str(_texts(message.id)[0])


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _shown(message: Message) -> str:
    where = message.locations[0][0] if message.locations else "-"
    context = f"[{message.context}] " if message.context else ""
    return f"{context}{_key(message)!r} ({where})"

"""Translations that nobody wrote: every text a third longer, and told from what is no text."""

from __future__ import annotations

import re
from math import ceil
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings

MORE = 0.35
ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
MARKS = {"en": "[áéíóúÁÉÍÓÚ]", "zh-hans": "[长]"}
FOLDERS = {"en": "en", "zh-hans": "zh_Hans"}
# Not to be touched: what is filled in, markup, entities, addresses.
KEPT = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}|<[^>]+>|&\w+;|https?://\S+")
WORD = "éxtrá "


def longer(text: str, language: str) -> str:
    """Return the text with marks in it, and a third longer."""
    body = text.rstrip("\n")
    pieces = KEPT.split(body)
    length = sum(len(piece.strip()) for piece in pieces)
    more = ceil(length * MORE)
    if language == "zh-hans":
        said = body + "长" * max(more, 1)
    else:
        kept = [*KEPT.findall(body), ""]
        marked = "".join(
            piece.translate(ACCENTS) + own for piece, own in zip(pieces, kept, strict=True)
        )
        said = marked + padding(max(more, 1), is_one_word=" " not in body.strip())
    return said + text[len(body) :]


def padding(length: int, *, is_one_word: bool) -> str:
    """Return what makes a text longer: a longer word, or more words of six letters."""
    letters = WORD.strip() if is_one_word else f" {WORD.strip()}"
    return "".join(letters[place % len(letters)] for place in range(length))


def catalog_of(language: str) -> Catalog:
    """Return the catalogue with every text longer, from what is stored of the real one."""
    made = Catalog(locale=FOLDERS[language], domain="django", charset="utf-8")
    with (settings.BASE_DIR / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        stored = read_po(file, locale="zh_Hans")
    for message in stored:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        real = ids if language == "en" else given
        long = tuple(longer(one, language) for one in real)
        made.add(message.id, long if len(ids) > 1 else long[0], context=message.context)
    return made


def compiled(root: Path, language: str) -> Path:
    """Write the longer catalogue as Django reads it; return what goes into LOCALE_PATHS."""
    folder = root / FOLDERS[language] / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalog_of(language))
    return root

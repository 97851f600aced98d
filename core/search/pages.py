"""What the palette offers besides the company's things: pages to go to, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.context_processors import theme_of
from core.models.tenant import Theme
from core.nav import Item, creation_menu, places
from core.search.keys import key_of
from core.search.registry import SHOWN, Asked, Hit, Rank, Shown, rank_of
from core.urls_in import page_url
from core.views import StaffRequest

NAMES = {"en": "English", "zh-hans": "中文"}


def pages(request: StaffRequest, asked: Asked) -> list[Hit]:
    """Return the pages whose name, here or in English, fits."""
    english = _english(places, request)
    every = [*_hits(places(request), english, "arrow-right")]
    keys = Hit(page_url(request.tenant, "keys"), "bulb", Shown(_("Keyboard shortcuts")), Rank.EXACT)
    every.append((keys, "Keyboard shortcuts"))
    return _fitting(every, asked)


def creations(request: StaffRequest) -> list[Hit]:
    """Return what the member may create."""
    return [hit for hit, _english in _hits(creation_menu(request), {}, "plus")]


def actions(request: StaffRequest, asked: Asked) -> list[Hit]:
    """Return what the member may create, and switches of language and theme, that fit."""
    english = _english(creation_menu, request)
    return _fitting([*_hits(creation_menu(request), english, "plus"), *_wishes(request)], asked)


def _english(items: Callable[[HttpRequest], list[Item]], request: StaffRequest) -> dict[str, str]:
    """Return the English names of items by their addresses; none where they are shown anyway."""
    if (translation.get_language() or "").startswith("en"):
        return {}
    with translation.override("en"):
        return {item.url: item.label for item in items(request)}


def _hits(items: Iterable[Item], english: dict[str, str], icon: str) -> Iterator[tuple[Hit, str]]:
    for item in items:
        hit = Hit(item.url, item.icon or icon, Shown(item.label), Rank.EXACT)
        yield hit, english.get(item.url, "")


def _wishes(request: StaffRequest) -> Iterator[tuple[Hit, str]]:
    """Return the switches to what is not so now: forms, not links."""
    address = reverse("set_language_theme")
    for code, name in NAMES.items():
        if code in dict(settings.LANGUAGES) and code != translation.get_language():
            label = _("Switch to %(language)s") % {"language": name}
            wish = Hit(address, "language", Shown(label), Rank.EXACT, wish=("language", code))
            yield wish, f"Switch to {name} language"
    themes = {
        Theme.LIGHT: (pgettext("action", "Light theme"), "Light theme", "sun"),
        Theme.DARK: (pgettext("action", "Dark theme"), "Dark theme", "moon"),
        Theme.AUTO: (_("Theme as the system"), "Theme as the system", "device-desktop"),
    }
    for theme, (label, english, icon) in themes.items():
        if theme != theme_of(request):
            yield Hit(address, icon, Shown(label), Rank.EXACT, wish=("theme", theme.value)), english


def _fitting(every: Iterable[tuple[Hit, str]], asked: Asked) -> list[Hit]:
    found = []
    for hit, english in every:
        rank = rank_of(_key(hit.shown.title, english), asked)
        if rank is not None and rank <= Rank.WORD:  # any part of a pinyin fits too much
            found.append(hit.at(rank))
    return sorted(found, key=lambda hit: hit.rank)[:SHOWN]


@lru_cache(maxsize=512)
def _key(label: str, english: str) -> str:
    return key_of(label, english)

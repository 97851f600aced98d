"""What was typed and kept word for word, for a person who writes amounts otherwise by now."""

from __future__ import annotations

from collections.abc import Mapping

from core.numbers import POINT, NotAnAmount, number_style, written
from core.reckoning import reckon

STYLE = "numbers"  # beside the fields: the style they were typed in
_AMOUNTS = ("quantity", "unit_price", "discount")
_PLACES = 6
_SIGNS = ("%", "％")


def with_style(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts, and the style the person writes amounts in now."""
    return {**texts, STYLE: number_style()}


def read_again(kept: Mapping[str, str]) -> dict[str, str]:
    """
    Return the texts as the person would type them now.

    An amount that could not be read then is left out: it must not be read as another one now.
    """
    then, now = kept.get(STYLE, POINT), number_style()
    texts = {name: text for name, text in kept.items() if name != STYLE}
    if then == now:
        return texts
    return {
        name: _again(text, then, now) if name.rpartition("-")[2] in _AMOUNTS else text
        for name, text in texts.items()
    }


def _again(text: str, then: str, now: str) -> str:
    text = text.strip()
    sign = "%" if text.endswith(_SIGNS) else ""
    try:
        value = reckon(text.rstrip("%％ "), decimal_places=_PLACES, style=then)
    except NotAnAmount:
        return ""
    return written(f"{value.normalize():f}", now) + sign

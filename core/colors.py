"""Colours that can be read: contrast as WCAG 2.2 defines it."""

from __future__ import annotations

import re
from decimal import Decimal

HEX = re.compile(r"#[0-9a-f]{6}")
READABLE = Decimal("4.5")  # WCAG 2.2, 1.4.3, text of ordinary size
_WEIGHTS = (Decimal("0.2126"), Decimal("0.7152"), Decimal("0.0722"))


class NotAColor(ValueError):
    """The text is not a colour written as #rrggbb."""


def contrast_on_white(color: str) -> Decimal:
    """
    Return the contrast ratio, from 1 to 21, of the colour as text on white.

    :raises NotAColor: unless written as #rrggbb in small letters
    """
    if not HEX.fullmatch(color):
        raise NotAColor(color)
    channels = (_linear(int(color[at : at + 2], 16)) for at in (1, 3, 5))
    luminance = sum(
        (weight * channel for weight, channel in zip(_WEIGHTS, channels, strict=True)), Decimal(0)
    )
    return Decimal("1.05") / (luminance + Decimal("0.05"))


def readable_shade(color: str) -> str:
    """
    Return the colour darkened just enough to be read on white; itself if it can be already.

    :raises NotAColor: unless written as #rrggbb in small letters
    """
    channels = [int(color[at : at + 2], 16) for at in (1, 3, 5)] if HEX.fullmatch(color) else []
    shade = color
    for percent in range(100, -1, -1):
        if contrast_on_white(shade) >= READABLE:
            break
        shade = "#" + "".join(f"{channel * percent // 100:02x}" for channel in channels)
    return shade


def _linear(byte: int) -> Decimal:
    share = Decimal(byte) / 255
    if share <= Decimal("0.04045"):
        return share / Decimal("12.92")
    return ((share + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")

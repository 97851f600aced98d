"""Text as it is kept: composed, and without signs that nobody sees and that hide or turn others."""

from __future__ import annotations

import re
import unicodedata

# Zero width space, word joiner and the byte order mark; embeddings, overrides and isolates of the
# writing direction. Joiners and the marks of a direction stay: Persian, emoji and Hebrew need them.
_UNSEEN = re.compile("[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")


def has_unseen(text: str) -> bool:
    """Test if the text holds signs that nobody sees and that change how others look or compare."""
    return _UNSEEN.search(text) is not None


def plain_text(text: str) -> str:
    """Return the text without them, and composed (NFC): what looks the same is the same."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))

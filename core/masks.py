"""Secrets that stand in addresses, taken out before a line goes into a log."""

from __future__ import annotations

import logging
import re

# The link to a bill (not the clean address behind it, /b/v/...) and the one to a new password.
_SECRETS = re.compile(r"(/b/(?!v/)|/password/reset/key/(?!done/))[^/\s?#\"'<>]+")


def mask(text: str) -> str:
    """Return the text with the secret of every such address as three stars."""
    return _SECRETS.sub(r"\1***", text)


class MaskingFormatter(logging.Formatter):
    """Takes the secrets out of what is written, traceback and all.

    Django names the address of each request it refuses. A formatter, not a filter: a filter that
    fails breaks whoever logs.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, masked."""
        return mask(super().format(record))

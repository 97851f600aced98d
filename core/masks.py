"""Secrets that stand in addresses, taken out before a line goes into a log."""

from __future__ import annotations

import logging
import re

# The link to a bill (not the clean address behind it, /b/v/...) and the one to a new password.
_SECRETS = re.compile(r"(/b/(?!v/)|/password/reset/key/(?!done/))[^/\s?#\"'<>]+")


def mask(text: str) -> str:
    """Return the text with the secret of every such address as three stars."""
    return _SECRETS.sub(r"\1***", text)


class MaskSecrets(logging.Filter):
    """Takes the secrets out of a record: Django names the address of each request it refuses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the message, arguments filled in; every record passes."""
        said = record.getMessage()
        if (masked := mask(said)) != said:
            record.msg, record.args = masked, ()
        return True

"""Secrets and personal data, taken out before a line goes into a log."""

from __future__ import annotations

import logging
import re

# The links to a bill (not the clean address behind it, /b/v/...), to a new password, of a sign-up,
# of an invitation (behind its company), and of another address.
_SECRETS = re.compile(
    r"(/b/(?!v/)|/password/reset/key/(?!done/)|/sign-up/|/join/[^/\s]+/|/profile/address/)"
    r"[^/\s?#\"'<>]+"
)

# Who is written to. What follows the @ of a broker's or database's address is no person, but goes
# with its password. It begins where a word does: whoever tries from each letter of a word without
# an @ reads a long one as often as it has letters.
_ADDRESSES = re.compile(r"(?<![^\s@<>\"'(),;:/=])[^\s@<>\"'(),;:/=]+@[^\s@<>\"'(),;:/]+")
# The values of the row that PostgreSQL refused. Spaces of its own line: many empty lines, too,
# would be read again from each.
_DETAIL = re.compile(r"^([^\S\n]*DETAIL:).*$", re.MULTILINE)
# Keys, webhook secrets, and what proves who asks.
_KEYS = re.compile(r"\b(duebook_[0-9a-f]{8}_|whsec_|Bearer )[A-Za-z0-9_\-+/=.]+")


def mask(text: str) -> str:
    """Return the text with every secret, e-mail address and refused row as three stars."""
    text = _SECRETS.sub(r"\1***", text)
    text = _KEYS.sub(r"\1***", text)
    text = _DETAIL.sub(r"\1 ***", text)
    return _ADDRESSES.sub("***@***", text)


class MaskingFormatter(logging.Formatter):
    """Takes the secrets out of what is written, traceback and all.

    Django names the address of each request it refuses. A formatter, not a filter: a filter that
    fails breaks whoever logs.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, masked."""
        return mask(super().format(record))

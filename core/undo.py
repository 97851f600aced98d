"""Messages that offer to take back what they tell: a form of one button in the note.

The way back is an address that takes POST and the fields it asks for; it checks like any other form
whether there is anything left to take back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Undo:
    """Where the form goes and what stands in it."""

    address: str
    fields: list[tuple[str, str]]


def say_done(
    request: HttpRequest, text: str, *, undo: str, fields: Mapping[str, object] | None = None
) -> None:
    """Tell that something was done, with a button that posts the fields to ``undo``."""
    # Messages carry one text beside their own; an address has no query here, so one may follow.
    messages.success(request, text, extra_tags=f"{undo}?{urlencode(fields or {})}")


def undo_of(message: Message) -> Undo | None:
    """Return how what the message tells is taken back; None where it says nothing of it."""
    if not str(message.extra_tags or "").startswith("/"):
        return None
    address, _mark, fields = str(message.extra_tags).partition("?")
    return Undo(address, parse_qsl(fields, keep_blank_values=True))

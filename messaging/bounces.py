"""Reading a delivery status notification (RFC 3464): which message, and what became of it."""

from __future__ import annotations

import email
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from typing import cast

from messaging.mails import OUR_HEADER

_ID = re.compile(r"<?([^<>\s@]+@[^<>\s@]+)>?")


class NotAReport(Exception):
    """The mail is no delivery status notification: an answer, an absence note, anything else."""


class UnknownMessage(Exception):
    """The notification does not say which of our messages it is about."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """``action`` is failed, delayed, delivered, relayed or expanded; ids are in brackets."""

    action: str
    diagnostic: str
    message_ids: tuple[str, ...]


def parse(content: bytes) -> DeliveryReport:
    """
    Return what a notification says.

    :raises NotAReport: if the mail is none; only a real report may mark a message as bounced
    :raises UnknownMessage: if no Message-ID can be found in it
    """
    mail = email.message_from_bytes(content, policy=policy.default)
    if mail.get_content_type() != "multipart/report":
        raise NotAReport
    parts = list(mail.walk())
    fields = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if not fields:
        raise NotAReport
    recipient = _recipient(fields[0])
    if recipient is None:
        raise NotAReport
    ids = tuple(dict.fromkeys(_ids_in(parts)))
    if not ids:
        raise UnknownMessage
    words = [recipient.get("Status"), recipient.get("Diagnostic-Code")]
    diagnostic = " ".join(" ".join(str(word).split()) for word in words if word)
    return DeliveryReport(str(recipient["Action"]).strip().lower(), diagnostic, ids)


def _recipient(status: Message) -> Message | None:
    """Return the fields about the recipient: each of our mails has one."""
    blocks = status.get_payload()
    if not isinstance(blocks, list):
        return None
    return next(
        (cast("Message", block) for block in blocks if cast("Message", block)["Action"]), None
    )


def _ids_in(parts: Sequence[Message]) -> list[str]:
    """Return the ids our headers have in the returned message, or in the headers returned."""
    found = []
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            text = cast("EmailMessage", part).get_content()
            headers: Message = email.message_from_string(text, policy=policy.default)
        elif part.get_content_type() == "message/rfc822":
            payload = part.get_payload()
            if not isinstance(payload, list) or not payload:
                continue
            headers = cast("Message", payload[0])
        else:
            continue
        for name in (OUR_HEADER, "Message-ID"):
            match = _ID.search(str(headers.get(name) or ""))
            if match:
                found.append(f"<{match[1]}>")
    return found

"""Making the mail of a message: headers, text and HTML, attachments."""

from __future__ import annotations

import uuid
from base64 import encodebytes
from collections.abc import Mapping
from copy import copy
from datetime import datetime
from email.generator import BytesGenerator
from email.mime.base import MIMEBase
from email.policy import Compat32
from email.utils import format_datetime, parseaddr, quote
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives

from core import files
from messaging.enums import MessageKind
from messaging.models import OutboundMessage
from messaging.placeholders import fill

# Providers may rewrite Message-ID; a report that quotes our headers is still known by this one.
OUR_HEADER = "X-Duebook-Message"


def platform_address() -> str:
    """Return the address mails are sent from, and reports about them come back to."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def mail_domain() -> str:
    """Return the domain of the platform's address, or of the site where it has none."""
    _name, mark, domain = platform_address().rpartition("@")
    return (mark and domain) or urlsplit(settings.SITE_URL).hostname or "localhost"


def new_message_id() -> str:
    """Return a new Message-ID, angle brackets included; a message keeps its own for ever."""
    return f"<{uuid.uuid4().hex}@{mail_domain()}>"


def mail_for(
    message: OutboundMessage, texts: Mapping[str, str], *, at: datetime
) -> EmailMultiAlternatives:
    """
    Return the mail, with ``texts`` in place of the body's placeholders and ``at`` as its date.

    :raises FileDamaged: if an attachment is not what was stored
    """
    headers = {
        "Message-ID": message.message_id,
        "Date": format_datetime(at),
        OUR_HEADER: message.message_id.strip("<>"),
        "Content-Language": message.language,
    }
    if message.kind == MessageKind.REMINDER:
        headers["Auto-Submitted"] = "auto-generated"
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=fill(message.body_text, texts),
        from_email=_named(message.from_name, platform_address()),
        to=[_named(message.to_name, message.to_address)],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=headers,
    )
    if message.body_html:
        mail.attach_alternative(fill(message.body_html, texts, is_html=True), "text/html")
    for attachment in message.attachments.all():
        content_type = attachment.file.content_type
        mail.attach(attachment.name, files.read(attachment.file), content_type)
    return mail


class _Quick(Compat32):
    """The standard policy, but a header that needs neither encoding nor folding is just written."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if isinstance(value, str) and value.isascii() and "\n" not in value:
            line = f"{name}: {value}"
            if len(line) < _LINE and "\r" not in value:
                return f"{line}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_LINE = 76
_QUICK = _Quick()


def content_of(mail: EmailMessage) -> bytes:
    """
    Return the mail as it goes over the wire, CRLF included.

    The standard library handles attachments line by line and seeks boundaries by regular
    expressions, which takes longer than all the rest. So it makes the mail with a mark in place of
    each attachment, and boundaries that are certain to be new.
    """
    light = copy(mail)
    contents: dict[bytes, bytes] = {}
    light.attachments = []
    for name, content, mimetype in mail.attachments:
        mark = uuid.uuid4().hex
        contents[mark.encode()] = content.encode() if isinstance(content, str) else content
        light.attach(_base64_part(name, mimetype, mark))
    message = light.message()
    for part in message.walk():
        if part.is_multipart():
            part.set_boundary(f"={uuid.uuid4().hex}=")
    buffer = BytesIO()
    BytesGenerator(buffer, mangle_from_=False, policy=_QUICK).flatten(message, linesep="\r\n")
    whole = buffer.getvalue()
    for place, bytes_ in contents.items():
        whole = whole.replace(place, encodebytes(bytes_).rstrip().replace(b"\n", b"\r\n"))
    return whole


def _base64_part(name: str, mimetype: str, payload: str) -> MIMEBase:
    part = MIMEBase(*mimetype.split("/", 1))
    part["Content-Transfer-Encoding"] = "base64"
    filename = name if name.isascii() else ("utf-8", "", name)
    part.add_header("Content-Disposition", "attachment", filename=filename)
    part.set_payload(payload)
    return part


def _named(name: str, address: str) -> str:
    return f'"{quote(name)}" <{address}>' if name else address

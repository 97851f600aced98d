"""Promising to say something: rows inserted in the transaction of the change they tell of."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery import signature
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction

from core.models import StoredFile
from core.tasks import after_commit
from core.tenancy import active_tenant_id, insert_many
from messaging.enums import MessageKind, MessageState
from messaging.mails import new_message_id
from messaging.models import MessageAttachment, OutboundMessage
from messaging.operations.moves import event_for
from messaging.placeholders import require_known
from messaging.reasons import Reason, detail


class AlreadyQueued(Exception):
    """This promise has been made before; ``existing`` is its row."""

    def __init__(self, existing: OutboundMessage) -> None:
        """Keep the row that has the same ``dedupe_key``."""
        super().__init__(f"{existing.dedupe_key} is message {existing.pk}.")
        self.existing = existing


class MessageInvalid(Exception):
    """A field cannot go into a mail; ``field`` names it."""

    def __init__(self, field_name: str) -> None:
        """Keep the field's name."""
        super().__init__(f"{field_name} cannot go into a mail.")
        self.field = field_name


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    """One message to one recipient, rendered; the fields are those of ``OutboundMessage``."""

    kind: MessageKind
    dedupe_key: str
    about: str
    account_id: int | None
    to_address: str
    subject: str
    body_text: str
    to_name: str = ""
    language: str = "en"
    body_html: str = ""
    from_name: str = ""
    reply_to: str = ""
    attachments: Sequence[tuple[StoredFile, str]] = ()
    placeholders: Mapping[str, str] = field(default_factory=dict)
    not_before: datetime | None = None
    held_reason: str = ""


_COLUMNS = (
    "kind",
    "dedupe_key",
    "about",
    "account_id",
    "to_address",
    "to_name",
    "language",
    "subject",
    "body_text",
    "body_html",
    "from_name",
    "reply_to",
    "held_reason",
)
_ONE_LINE = ("dedupe_key", "about", "to_name", "language", "subject", "from_name", "held_reason")


def queue(
    *,
    kind: MessageKind,
    dedupe_key: str,
    about: str,
    account_id: int | None,
    to_address: str,
    subject: str,
    body_text: str,
    at: datetime,
    to_name: str = "",
    language: str = "en",
    body_html: str = "",
    from_name: str = "",
    reply_to: str = "",
    attachments: Sequence[tuple[StoredFile, str]] = (),
    placeholders: Mapping[str, str] | None = None,
    not_before: datetime | None = None,
    held_reason: str = "",
) -> OutboundMessage:
    """
    Promise one message, in the caller's transaction; a worker is woken when that commits.

    ``dedupe_key`` names the promise: it is kept once per tenant. A ``held_reason`` keeps the
    message back until a person releases it.

    :raises AlreadyQueued: if the promise exists, with its row
    :raises MessageInvalid: if an address is not exactly one, or a line has a line break in it
    :raises UnknownPlaceholder: if nobody registered one of the placeholders
    """
    draft = MessageDraft(
        kind=kind,
        dedupe_key=dedupe_key,
        about=about,
        account_id=account_id,
        to_address=to_address,
        to_name=to_name,
        language=language,
        subject=subject,
        body_text=body_text,
        body_html=body_html,
        from_name=from_name,
        reply_to=reply_to,
        attachments=attachments,
        placeholders=placeholders or {},
        not_before=not_before,
        held_reason=held_reason,
    )
    return queue_many([draft], at=at)[0]


@transaction.atomic
def queue_many(drafts: Sequence[MessageDraft], *, at: datetime) -> list[OutboundMessage]:
    """
    Promise many messages by a fixed number of statements, all or none.

    :raises AlreadyQueued: if one of the promises exists, with the first such row
    :raises MessageInvalid: if one cannot be a mail
    :raises UnknownPlaceholder: if nobody registered one of the placeholders
    """
    for draft in drafts:
        _require_valid(draft)
    _require_new(drafts)
    messages = [_row(draft, at) for draft in drafts]
    try:
        with transaction.atomic():
            OutboundMessage.objects.bulk_create(messages)
    except IntegrityError:
        _require_new(drafts)  # somebody else was quicker
        raise
    pairs = list(zip(messages, drafts, strict=True))
    attachments = [
        MessageAttachment(message=message, file=file, name=name)
        for message, draft in pairs
        for file, name in draft.attachments
    ]
    events = [
        event_for(
            message,
            state=message.state,
            detail=detail(Reason.HELD, draft.held_reason) if draft.held_reason else "",
            at=at,
        )
        for message, draft in pairs
    ]
    insert_many(attachments, events)
    wake()
    return messages


@dataclass(frozen=True, slots=True)
class _Wake:
    """Wakes a sender for one tenant; equal for the same tenant: one per commit is enough."""

    tenant_id: int

    def __call__(self) -> None:
        after_commit(signature("messaging.drain"), tenant_id=self.tenant_id)


def wake() -> None:
    """Wake one sender when the transaction commits, however many messages it queued."""
    wish = _Wake(active_tenant_id())
    waiting: list[Any] = connection.run_on_commit  # (savepoints, callback, ...)
    if not any(entry[1] == wish for entry in waiting):
        transaction.on_commit(wish, robust=True)


def _row(draft: MessageDraft, at: datetime) -> OutboundMessage:
    return OutboundMessage(
        **{name: getattr(draft, name) for name in _COLUMNS},
        message_id=new_message_id(),
        placeholders=dict(draft.placeholders),
        state=MessageState.HELD if draft.held_reason else MessageState.QUEUED,
        next_attempt_at=max(draft.not_before or at, at),
        created_at=at,
    )


def _require_new(drafts: Sequence[MessageDraft]) -> None:
    keys = [draft.dedupe_key for draft in drafts]
    existing = OutboundMessage.objects.filter(dedupe_key__in=keys).order_by("pk").first()
    if existing is not None:
        raise AlreadyQueued(existing)


def _require_valid(draft: MessageDraft) -> None:
    require_address(draft.to_address, "to_address")
    if draft.reply_to:
        require_address(draft.reply_to, "reply_to")
    for name in _ONE_LINE:
        value = getattr(draft, name)
        longest = _longest(name)
        if not is_one_line(value) or len(value) > longest:
            raise MessageInvalid(name)
    for _file, name in draft.attachments:
        if not is_one_line(name) or not name or "/" in name or "\\" in name:
            raise MessageInvalid("attachments")
    if not draft.dedupe_key or not draft.subject:
        raise MessageInvalid("subject" if draft.dedupe_key else "dedupe_key")
    require_known(draft.placeholders)


def require_address(address: str, name: str) -> None:
    """
    Refuse anything but exactly one e-mail address.

    :raises MessageInvalid: with the field's name
    """
    longest = _longest(name)
    try:
        validate_email(address)
    except ValidationError:
        raise MessageInvalid(name) from None
    if len(address) > longest or not is_one_line(address):
        raise MessageInvalid(name)


def _longest(name: str) -> int:
    return getattr(OutboundMessage._meta.get_field(name), "max_length", None) or 0


def is_one_line(text: str) -> bool:
    """Test that there is no line break or other control character: no header could hold it."""
    return not any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in text)

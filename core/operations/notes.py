"""Writing a note or attaching a file, and withdrawing it: nothing is ever deleted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, files
from core.attachments import Attachment
from core.models import Note, User


class NothingWritten(Exception):
    """A note says something or holds a file."""

    message = _("Write something, or choose a file.")


class WithdrawnBefore(Exception):
    """A note is withdrawn once."""

    message = _("It was withdrawn before.")


class NotTheAuthor(Exception):
    """Only who wrote it, or an admin, takes it back."""

    message = _("Only its author or an admin withdraws it.")


@transaction.atomic
def add_note(
    *,
    subject: str,
    account_id: int | None,
    body: str,
    attachment: Attachment | None = None,
    at: datetime,
    actor: User,
) -> Note:
    """
    Keep a remark, a file, or both, beside the subject (``app.model:id``).

    :raises NothingWritten: without either
    """
    body = body.strip()
    if not body and attachment is None:
        raise NothingWritten(subject)
    note = Note(subject=subject, account_id=account_id, body=body, author=actor, created_at=at)
    if attachment is not None:
        note.file = files.store(
            content=attachment.content,
            name=attachment.name,
            content_type=attachment.content_type,
            at=at,
        )
        note.file_name, note.file_type = attachment.name, attachment.content_type
    note.save()
    event = "note.file_added" if attachment else "note.added"
    audit.record(event=event, subject=note, actor=actor, at=at, account_id=account_id)
    return note


@transaction.atomic
def withdraw_note(*, note: Note, is_admin: bool, at: datetime, actor: User) -> Note:
    """
    Mark a note as withdrawn; it stays to be seen, its file is not handed out any more.

    :raises NotTheAuthor: for somebody else who is no admin
    :raises WithdrawnBefore: the second time
    """
    note = Note.objects.select_for_update(of=("self",), no_key=True).get(pk=note.pk)
    if note.author_id != actor.pk and not is_admin:
        raise NotTheAuthor(note.pk)
    if note.withdrawn_at is not None:
        raise WithdrawnBefore(note.pk)
    note.withdrawn_at, note.withdrawn_by = at, actor
    note.save(update_fields=["withdrawn_at", "withdrawn_by"])
    audit.record(
        event="note.withdrawn", subject=note, actor=actor, at=at, account_id=note.account_id
    )
    return note

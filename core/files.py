"""Keeping bytes: once per content and tenant, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import IntegrityError, transaction

from core.models import StoredFile
from core.tenancy import active_tenant_id

PIECE = 1 << 20


class FileDamaged(Exception):
    """The stored bytes are missing or are not the bytes whose hash was recorded."""


def store(*, content: bytes, name: str, content_type: str, at: datetime) -> StoredFile:
    """
    Keep the bytes and return their row; the same bytes again return the row that exists.

    The file is complete on disk before the row is written.
    """
    return store_stream(source=io.BytesIO(content), name=name, content_type=content_type, at=at)


def store_stream(*, source: IO[bytes], name: str, content_type: str, at: datetime) -> StoredFile:
    """Keep what can be read from the source's beginning, piece by piece; see ``store``."""
    digest, size = _measured(source)
    path = _path(active_tenant_id(), digest)
    if not path.exists():
        _write(path, source)
    stored, _made = StoredFile.objects.get_or_create(
        sha256=digest,
        defaults={
            "size": size,
            "content_type": content_type,
            "name": name,
            "created_at": at,
            "tenant_id": active_tenant_id(),
        },
    )
    if not path.exists():  # discarded by somebody else just then, together with its row
        _write(path, source)
    return stored


def _measured(source: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    source.seek(0)
    while piece := source.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _write(path: Path, source: IO[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source.seek(0)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
        shutil.copyfileobj(source, temporary, PIECE)
        temporary.flush()
        os.fsync(temporary.fileno())
    Path(temporary.name).replace(path)


def open_stored(stored: StoredFile) -> IO[bytes]:
    """
    Return the bytes as an open file, for large ones that are handed on piece by piece.

    :raises FileDamaged: if they are gone
    """
    try:
        return _path(stored.tenant_id, stored.sha256).open("rb")
    except FileNotFoundError:
        raise FileDamaged(f"{stored} is missing.") from None


def discard(stored: StoredFile) -> None:
    """
    Delete the row and, before anybody can see it gone, its bytes.

    :raises IntegrityError: if something else names the row; nothing is deleted then
    """
    path = _path(stored.tenant_id, stored.sha256)
    stored.delete()
    path.unlink(missing_ok=True)


def discard_unused(stored: StoredFile) -> None:
    """Delete the row and its bytes, unless an attachment or whatever else has the same bytes."""
    try:
        with transaction.atomic():
            discard(stored)
    except IntegrityError:
        return


def read(stored: StoredFile) -> bytes:
    """
    Return the bytes.

    :raises FileDamaged: if they are gone or changed
    """
    try:
        content = _path(stored.tenant_id, stored.sha256).read_bytes()
    except FileNotFoundError:
        raise FileDamaged(f"{stored} is missing.") from None
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise FileDamaged(f"{stored} was changed on disk.")
    return content


def _path(tenant_id: int, digest: str) -> Path:
    return Path(settings.MEDIA_ROOT) / str(tenant_id) / digest[:2] / digest

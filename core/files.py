"""Keeping bytes: once per content and tenant, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings

from core.models import StoredFile
from core.tenancy import active_tenant_id


class FileDamaged(Exception):
    """The stored bytes are missing or are not the bytes whose hash was recorded."""


def store(*, content: bytes, name: str, content_type: str, at: datetime) -> StoredFile:
    """
    Keep the bytes and return their row; the same bytes again return the row that exists.

    The file is complete on disk before the row is written.
    """
    digest = hashlib.sha256(content).hexdigest()
    path = _path(active_tenant_id(), digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            temporary.write(content)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(temporary.name).replace(path)
    stored, _made = StoredFile.objects.get_or_create(
        sha256=digest,
        defaults={
            "size": len(content),
            "content_type": content_type,
            "name": name,
            "created_at": at,
            "tenant_id": active_tenant_id(),
        },
    )
    return stored


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

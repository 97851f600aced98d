"""Secrets at rest: what must be read again, and must not be readable in a copy of the database."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def seal(text: str) -> str:
    """Return the text encrypted under the site's secret key."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """
    Return the text; keys that were rotated away count as long as they are fallbacks.

    :raises cryptography.fernet.InvalidToken: if it was sealed by another key, or changed
    """
    return _keys().decrypt(sealed.encode()).decode()


def _keys() -> MultiFernet:
    return MultiFernet(
        [_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _fernet(secret_key: str) -> Fernet:
    digest = hashlib.sha256(b"duebook.sealing:" + secret_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))

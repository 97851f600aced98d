"""The logo of a company as pages and documents show it."""

from __future__ import annotations

import base64
import logging

from core import files
from core.models import Logo
from core.tenancy import remembered

logger = logging.getLogger(__name__)


def data_address(digest: str) -> str:
    """
    Return the logo of this SHA-256 as an address a page can show; nothing for none, or if lost.

    Read once in a scope: many bills carry the same.
    """
    if not digest:
        return ""
    known: dict[str, str] = remembered().setdefault("logos", {})
    if digest not in known:
        known[digest] = _read(digest)
    return known[digest]


def _read(digest: str) -> str:
    logo = Logo.objects.select_related("file").filter(file__sha256=digest).first()
    try:
        content = files.read(logo.file) if logo else b""
    except files.FileDamaged:
        logger.exception("A logo is lost; pages go without it")
        content = b""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}" if content else ""

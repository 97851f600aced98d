"""The logo of a company as pages and documents show it."""

from __future__ import annotations

import base64
import io
import logging
from hashlib import sha256

from django.core.cache import cache
from PIL import Image

from core import files
from core.models import Logo
from core.tenancy import remembered

logger = logging.getLogger(__name__)
HEAD = "data:image/png;base64,"
LIGHT_BOX = (320, 96)  # twice the place it has on the customer's page
LIGHT_BYTES = 10_000  # beyond this a picture is one of few colours
FEW_COLORS = 32
KEPT_SECONDS = 24 * 3600


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
    return _address(content) if content else ""


def light_address(address: str) -> str:
    """Return the same logo for a page that is opened on a phone: small, at most 30 KB."""
    if not address:
        return ""
    key = f"light-logo:{sha256(address.encode()).hexdigest()}"
    known: str | None = cache.get(key)
    if known is None:
        known = _address(_light(base64.b64decode(address.removeprefix(HEAD))))
        cache.set(key, known, KEPT_SECONDS)
    return known


def _light(content: bytes) -> bytes:
    picture = Image.open(io.BytesIO(content), formats=("PNG",)).convert("RGBA")
    picture.thumbnail(LIGHT_BOX, Image.Resampling.LANCZOS)
    drawn = _png(picture)
    if len(drawn) > LIGHT_BYTES:
        drawn = _png(picture.quantize(FEW_COLORS, method=Image.Quantize.FASTOCTREE))
    return drawn


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _address(content: bytes) -> str:
    return HEAD + base64.b64encode(content).decode()

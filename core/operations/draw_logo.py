"""Drawing an uploaded logo anew: decoded within limits, trimmed, kept as a small PNG."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageChops, ImageFile, ImageOps

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 12_000_000
BOX = (1134, 425)  # 48 x 18 mm, the place on documents, at 600 dots per inch
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_NOISE = 16  # of 255: how far a border may differ from its corner and still be empty


class LogoRefused(Exception):
    """The file is not taken as a logo; ``message`` says why, to a person."""

    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Drawn:
    """The PNG that is kept, without anything else that was in the file; sizes in pixels."""

    content: bytes
    width: int
    height: int


def drawn_anew(content: bytes) -> Drawn:
    """
    Return the picture trimmed of its empty border, small enough for a document, as PNG.

    Only the pixels go on: metadata, and whatever hid behind or between them, does not.

    :raises LogoRefused: for another kind of file, one too large, one that is damaged or empty
    """
    if len(content) > MOST_BYTES:
        raise LogoRefused(_("The file is larger than 2 MB."))
    if _is_svg(content):
        raise LogoRefused(
            _("An SVG is a program as much as a picture and is not taken. Export it as PNG.")
        )
    if not content.startswith((PNG, JPEG)):
        raise LogoRefused(_("Only PNG and JPEG pictures are taken."))
    picture = _trimmed(_decoded(content))
    picture.thumbnail(BOX, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, format="PNG", optimize=True)
    return Drawn(out.getvalue(), picture.width, picture.height)


def _is_svg(content: bytes) -> bool:
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) or b"<svg" in head


def _decoded(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            opened = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
            _require_few_pixels(opened)
            _load_whole(opened)
            upright = ImageOps.exif_transpose(opened)
            return upright.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LogoRefused(_("The picture has more than 12 million pixels.")) from None
    except LogoRefused:
        raise
    except Exception:  # noqa: BLE001 - a decoder fails in many ways, all of them the file's
        raise LogoRefused(_("The picture is damaged and cannot be read.")) from None


def _load_whole(opened: Image.Image) -> None:
    """Decode the picture; one that ends too early fails, whatever other libraries switched on."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint lets half a picture pass, process-wide
    try:
        opened.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _require_few_pixels(opened: Image.Image) -> None:
    """Refuse by the size the file claims, before a pixel is decoded."""
    if opened.width * opened.height > MOST_PIXELS:
        raise LogoRefused(_("The picture has more than 12 million pixels."))


def _trimmed(picture: Image.Image) -> Image.Image:
    """Cut off the border that is transparent, or of one colour with the corner."""
    seen = picture.getchannel("A").point(_beyond_noise).getbbox()
    if seen is None:
        raise LogoRefused(_("The picture is empty."))
    picture = picture.crop(seen)
    corner = picture.getpixel((0, 0))
    if not isinstance(corner, tuple) or corner[3] < 255 - _NOISE:
        return picture
    flat = Image.new("RGBA", picture.size, corner)
    red, green, blue, alpha = ImageChops.difference(picture, flat).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), ImageChops.lighter(blue, alpha))
    seen = most.point(_beyond_noise).getbbox()
    if seen is None:
        raise LogoRefused(_("The picture is empty."))
    return picture.crop(seen)


def _beyond_noise(value: int) -> int:
    return 255 if value > _NOISE else 0

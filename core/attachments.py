"""What may be attached: a few kinds of files, known by their first bytes and their ending alike.

They are handed out as downloads only, under a cleaned name and ``nosniff``: nothing in them is ever
shown as a page of this site.
"""

from __future__ import annotations

import io
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from PIL import Image

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
MOST_ENTRIES = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 200
LONGEST_NAME = 100
# The harmless file with which people test whether anybody looks; in two parts, so that no scanner
# takes this file for it.
_TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_OOXML = "application/vnd.openxmlformats-officedocument"


class AttachmentRefused(Exception):
    """The file is not kept; the message says why, for a person."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that may be kept: its bytes, a name to hand it out under, and its type."""

    content: bytes
    name: str
    content_type: str


def checked(content: bytes, name: str) -> Attachment:
    """
    Return the file under a name that is safe in a header and a folder.

    :raises AttachmentRefused: if it is empty, too large, of another kind, or not what it says
    """
    if not content:
        raise AttachmentRefused(_("The file is empty."))
    if len(content) > MOST_BYTES:
        raise AttachmentRefused(_("The file is larger than 10 MB."))
    clean = clean_name(name)
    suffix = PurePosixPath(clean).suffix.lower()
    if suffix not in _KINDS:
        raise AttachmentRefused(
            _("Attach PDF, PNG, JPEG, WebP, XLSX, DOCX, PPTX, CSV, TXT, XML, EML or ZIP.")
        )
    content_type, is_such = _KINDS[suffix]
    if not is_such(content):
        raise AttachmentRefused(_("The content is not what the file's ending says."))
    _scan(content)
    return Attachment(content, clean, content_type)


def clean_name(name: str) -> str:
    """Return the last part of a file's name without what could mislead: no controls, no marks."""
    text = unicodedata.normalize("NFC", name.encode(errors="replace").decode())
    last = text.replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        one if one.isprintable() and one not in '<>:"|?*%;' else "_" for one in last
    ).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        return kept[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending[:10]) - 1].rstrip()}.{ending[:10]}"


def _scan(content: bytes) -> None:
    """Refuse what a scanner refuses: FILE_SCANNER names a function that returns a reason or ""."""
    if _TEST_VIRUS in content:
        raise AttachmentRefused(_("The file was refused: it is a test virus."))
    if settings.FILE_SCANNER and import_string(settings.FILE_SCANNER)(content):
        raise AttachmentRefused(_("The scanner for viruses refused the file."))


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(marks)


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]


def _is_image(kind: str) -> Callable[[bytes], bool]:
    """Test the header alone: the picture is never unpacked."""

    def test(content: bytes) -> bool:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(io.BytesIO(content), formats=[kind]) as image:
                    width, height = image.size
        except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            return False
        return 0 < width * height <= MOST_PIXELS

    return test


def _is_office(folder: str) -> Callable[[bytes], bool]:
    def test(content: bytes) -> bool:
        names = _entries(content)
        return "[Content_Types].xml" in names and any(one.startswith(folder) for one in names)

    return test


def _is_zip(content: bytes) -> bool:
    return bool(_entries(content))


def _entries(content: bytes) -> set[str]:
    """Return the names in an archive; none if it is none, or would unpack without measure."""
    if not content.startswith(b"PK\x03\x04"):
        return set()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return set()
    unpacked = sum(info.file_size for info in infos)
    is_bomb = unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * len(content)
    return set() if is_bomb or len(infos) > MOST_ENTRIES else {info.filename for info in infos}


def _is_text(content: bytes) -> bool:
    """Test for text that is not a web page."""
    if b"\x00" in content:
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            head = content.decode(encoding)[:4096].lower()
        except UnicodeDecodeError:
            continue
        return not any(mark in head for mark in ("<!doctype html", "<html", "<script", "<svg"))
    return False


_KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    ".pdf": ("application/pdf", _is_pdf),
    ".png": ("image/png", _is_image("PNG")),
    ".jpg": ("image/jpeg", _is_image("JPEG")),
    ".jpeg": ("image/jpeg", _is_image("JPEG")),
    ".webp": ("image/webp", _is_image("WEBP")),
    ".xlsx": (f"{_OOXML}.spreadsheetml.sheet", _is_office("xl/")),
    ".docx": (f"{_OOXML}.wordprocessingml.document", _is_office("word/")),
    ".pptx": (f"{_OOXML}.presentationml.presentation", _is_office("ppt/")),
    ".csv": ("text/csv", _is_text),
    ".txt": ("text/plain", _is_text),
    ".xml": ("application/xml", _is_text),
    ".eml": ("message/rfc822", _is_text),
    ".zip": ("application/zip", _is_zip),
}

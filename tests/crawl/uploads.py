"""Small files for the fields that ask for one, and the body that carries them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from functools import cache

from PIL import Image

BOUNDARY = "duebook-crawl-1f6e0c"
LONGEST_NAME = 60
IN_NAMES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers write them
Upload = tuple[str, str, bytes]


def upload(field: str, accepts: str, text: str) -> Upload:
    """Return a file of a kind the field asks for, that says the text; without one no file."""
    if not text:
        return field, "", b""
    name = text[:LONGEST_NAME].translate(IN_NAMES)
    if "image/" in accepts:
        return field, f"{name}.png", picture()
    if ".csv" in accepts:
        cell = text[:LONGEST_NAME].replace('"', '""')
        return field, f"{name}.csv", raw(f'code,name\nX-1,"{cell}"\n')
    return field, f"{name}.txt", raw(text)


@cache
def picture() -> bytes:
    """Return a small PNG: a square on white, since one colour alone is no picture."""
    made = io.BytesIO()
    image = Image.new("RGB", (64, 64), "white")
    image.paste("navy", (16, 16, 48, 48))
    image.save(made, "PNG")
    return made.getvalue()


def multipart(data: Mapping[str, Iterable[str]], files: Iterable[Upload]) -> tuple[bytes, str]:
    """Return the body of a form with files, and its type; what cannot be encoded goes as it is."""
    parts = []
    for field, values in data.items():
        head = f'Content-Disposition: form-data; name="{field}"'
        parts += [raw(head) + b"\r\n\r\n" + raw(value) for value in values]
    for field, name, content in files:
        head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
        parts.append(raw(head) + b"\r\nContent-Type: application/octet-stream\r\n\r\n" + content)
    mark = raw(f"--{BOUNDARY}")
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    return body, f"multipart/form-data; boundary={BOUNDARY}"


def raw(text: str) -> bytes:
    return text.encode(errors="surrogatepass")

"""
The process that draws. Started by ``core.pdf`` by its path; knows nothing of Django or of us.

It keeps one font configuration and one parsed style sheet per name, reads requests from standard
input and answers on standard output, both as frames of a length and that many bytes. It serves no
address but what came with the request, keeps within a memory limit, and ends with its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shutil
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

LENGTH = struct.Struct(">Q")
DONE, FAILED = b"P", b"E"

# The drawn text falls through these, glyph by glyph; what none of them has comes from the system.
FACES = {
    "Duebook Latin": {400: "NotoSans-400.ttf", 700: "NotoSans-700.ttf"},
    "Duebook Han": {400: "NotoSansSC-400.ttf", 700: "NotoSansSC-700.ttf"},
}


def pack(header: dict[str, Any], parts: list[bytes]) -> bytes:
    """Return one request's bytes: the header, and behind it the parts whose sizes it gets."""
    head = json.dumps(header | {"sizes": [len(part) for part in parts]}).encode()
    body = LENGTH.pack(len(head)) + head + b"".join(parts)
    return LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return the header and the parts of one request."""
    start = LENGTH.size + LENGTH.unpack_from(body)[0]
    header: dict[str, Any] = json.loads(body[LENGTH.size : start])
    parts = []
    for size in header["sizes"]:
        parts.append(body[start : start + size])
        start += size
    return header, parts


class Drawer:
    """WeasyPrint with what it is slow to prepare: fonts and parsed style sheets."""

    def __init__(self, fonts: Path) -> None:
        import weasyprint  # noqa: PLC0415 - half a second, and in this process alone
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as above
        from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - as above

        class Closed(URLFetcher):  # type: ignore[misc, unused-ignore]
            """Hands out the named assets and inline images; refuses every other address."""

            def __init__(self, assets: dict[str, bytes]) -> None:
                super().__init__(allowed_protocols=("data",), allow_redirects=False)
                self.assets = assets

            def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
                if url.startswith("asset:"):
                    return URLFetcherResponse(url, self.assets[url.removeprefix("asset:")])
                if re.match(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", url):
                    return super().fetch(url, headers)
                raise ValueError("address refused")

        self.weasyprint, self.fetcher = weasyprint, Closed
        self.fonts = FontConfiguration()
        self.sheets: dict[str, tuple[int, Any]] = {}
        self.faces = _font_faces()
        files = {name: (fonts / name).read_bytes() for name in _font_files()}
        weasyprint.CSS(string=self.faces, url_fetcher=Closed(files), font_config=self.fonts)

    def sheet(self, path: str) -> Any:
        """Return the parsed style sheet; a changed file is parsed again."""
        changed = Path(path).stat().st_mtime_ns
        known = self.sheets.get(path)
        if known is None or known[0] != changed:
            text = Path(path).read_text(encoding="utf-8")
            sheet = self.weasyprint.CSS(
                string=text, url_fetcher=self.fetcher({}), font_config=self.fonts
            )
            known = self.sheets[path] = (changed, sheet)
        return known[1]

    def draw(self, header: dict[str, Any], parts: list[bytes]) -> bytes:
        """Return the request's page as PDF."""
        html = self.weasyprint.HTML(
            string=parts[0].decode(),
            url_fetcher=self.fetcher(dict(zip(header["assets"], parts[1:], strict=True))),
        )
        pdf: bytes = html.write_pdf(
            stylesheets=[self.sheet(header["stylesheet"])],
            font_config=self.fonts,
            pdf_tags=True,
        )
        return pdf


def _font_files() -> list[str]:
    return [name for weights in FACES.values() for name in weights.values()]


def _font_faces() -> str:
    return "".join(
        f"@font-face{{font-family:'{family}';font-weight:{weight};src:url(asset:{name})}}"
        for family, weights in FACES.items()
        for weight, name in weights.items()
    )


def _end_with(parent: int, folder: Path) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _read_frame(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return stream.read(LENGTH.unpack(head)[0])


def _write_frame(stream: BinaryIO, kind: bytes, body: bytes) -> None:
    stream.write(LENGTH.pack(len(body) + 1) + kind + body)
    stream.flush()


def main(fonts: str, folder: str, memory_mib: str, parent: str) -> None:
    """Answer requests until standard input ends."""
    limit = int(memory_mib) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    tempfile.tempdir = folder
    watcher = threading.Thread(target=_end_with, args=(int(parent), Path(folder)), daemon=True)
    watcher.start()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints does not speak into the answers
    drawer: Drawer | None = None
    while (body := _read_frame(sys.stdin.buffer)) is not None:
        try:
            drawer = drawer or Drawer(Path(fonts))
            pdf = drawer.draw(*unpack(body))
        except MemoryError:
            _write_frame(answers, FAILED, b"out of memory")
            break  # what is left of the heap is not worth keeping
        except (Exception, RecursionError) as error:  # noqa: BLE001 - named to the parent
            _write_frame(answers, FAILED, f"{type(error).__name__}: {error}".encode()[:500])
        else:
            _write_frame(answers, DONE, pdf)


if __name__ == "__main__":
    try:
        with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
            main(*sys.argv[1:])
    finally:
        shutil.rmtree(sys.argv[2], ignore_errors=True)

"""The parent's side of drawing: one child per process, started when needed, bounded in time."""

from __future__ import annotations

import atexit
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from django.conf import settings

from core.pdf import child as protocol

DOCUMENTS_PER_CHILD = 1000
_CHUNK = 1 << 16


class RenderFailed(Exception):
    """The page could not be drawn; the message says why, for the log."""


class RenderTooSlow(RenderFailed):
    """Drawing took longer than ``settings.PDF_SECONDS`` and was stopped."""


class Drawer:
    """A child process that draws one page at a time, and is replaced when it does not answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = ""
        self._owner = 0
        self._drawn = 0

    def draw(self, request: bytes, seconds: int) -> bytes:
        """Return the PDF; see ``render`` for what it raises."""
        deadline = time.monotonic() + seconds
        if not self._lock.acquire(timeout=seconds):
            raise RenderTooSlow("Other documents took all the time there was.")
        try:
            return self._draw(request, deadline)
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    @property
    def child_id(self) -> int | None:
        """The process id of the child that is warm now."""
        return self._process.pid if self._process else None

    def _draw(self, request: bytes, deadline: float) -> bytes:
        process = self._ready()
        try:
            self._send(process, request, deadline)
            size = protocol.LENGTH.unpack(self._receive(process, protocol.LENGTH.size, deadline))[0]
            answer = self._receive(process, size, deadline)
        except BaseException:
            self._end()
            raise
        self._drawn += 1
        kind, body = answer[:1], answer[1:]
        if kind == protocol.DONE:
            return body
        if process.poll() is not None or body == b"out of memory":
            self._end()
        raise RenderFailed(body.decode(errors="replace"))

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # forked: the child we see belongs to our parent
            self._process = None
        if self._drawn >= DOCUMENTS_PER_CHILD or (
            self._process and self._process.poll() is not None
        ):
            self._end()
        if self._process is None:
            self._owner, self._drawn = os.getpid(), 0
            self._folder = tempfile.mkdtemp(prefix="duebook-pdf-")
            self._process = subprocess.Popen(  # noqa: S603 - our own file, fixed arguments
                [
                    sys.executable,
                    "-I",
                    str(Path(protocol.__file__)),
                    str(settings.PDF_FONT_ROOT),
                    self._folder,
                    str(settings.PDF_MEMORY_MIB),
                    str(os.getpid()),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
            )
            os.set_blocking(_number(self._process.stdin), False)
        return self._process

    def _end(self) -> None:
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.wait()
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = None

    @staticmethod
    def _send(process: subprocess.Popen[bytes], request: bytes, deadline: float) -> None:
        number, rest = _number(process.stdin), memoryview(request)
        while rest:
            _wait(number, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(number, rest[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise RenderFailed("The drawing process is gone.") from None

    @staticmethod
    def _receive(process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        number, parts, missing = _number(process.stdout), [], size
        while missing:
            _wait(number, select.POLLIN, deadline)
            part = os.read(number, min(missing, _CHUNK))
            if not part:
                raise RenderFailed("The drawing process ended; out of memory, perhaps.")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def _number(pipe: IO[bytes] | None) -> int:
    """Return the pipe's file number; the child is always started with both."""
    if pipe is None:
        raise RenderFailed("The drawing process has no pipes.")
    return pipe.fileno()


def _wait(number: int, what: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(number, what)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise RenderTooSlow("Drawing took too long and was stopped.")


_drawer = Drawer()
atexit.register(_drawer.stop)


def render(
    html: str,
    *,
    assets: Mapping[str, bytes] | None = None,
    stylesheet: str = "documents/document.css",
) -> bytes:
    """
    Return the page as PDF, tagged, with its fonts embedded.

    The page may use the ``assets`` by ``asset:NAME`` and images in ``data:`` addresses; every other
    address is left out of the page. ``stylesheet`` is a file under ``templates/``. Safe to call
    from several threads; pages of one process are drawn one after the other.

    :raises RenderTooSlow: after ``settings.PDF_SECONDS``; the next page finds a fresh process
    :raises RenderFailed: if the page cannot be drawn, or not within ``settings.PDF_MEMORY_MIB``
    """
    files = dict(assets or {})
    request = protocol.pack(
        {
            "stylesheet": str(Path(settings.BASE_DIR) / "templates" / stylesheet),
            "assets": list(files),
        },
        [html.encode(), *files.values()],
    )
    return _drawer.draw(request, settings.PDF_SECONDS)

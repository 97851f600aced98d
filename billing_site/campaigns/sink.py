"""An SMTP server that notes each mail on disk, waits, and only then says that it has it.

``python -m billing_site.campaigns.sink FILE SECONDS`` prints its port and serves until its standard
input ends. The wait is the dangerous window: whoever is killed in it does not know what happened.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class Noting:
    """Appends the Message-ID of each mail to a file."""

    def __init__(self, file: Path, window: float) -> None:
        """Open the file; ``window`` is in seconds."""
        self._file = file.open("a", buffering=1)
        self._window = window

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Note, wait, answer."""
        match = _MESSAGE_ID.search(envelope.content)
        self._file.write((match[1].decode() if match else "without-id") + "\n")
        await asyncio.sleep(self._window)
        return "250 Noted"


async def serve(file: Path, window: float) -> None:
    """Serve on a free port of the loopback address until standard input ends."""
    loop = asyncio.get_running_loop()
    noting = Noting(file, window)

    def conversation() -> SMTP:
        return SMTP(noting, loop=loop)

    server = await loop.create_server(conversation, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))

"""An SMTP server on the loopback address that keeps each mail as a file and delivers nothing.

`python -m devtools.mailsink FOLDER PORT` is the server itself; `MailSink` starts and stops it.
Its greeting carries its folder and process id, so nothing else is ever taken for it.
"""

import asyncio
import os
import re
import signal
import socket
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from devtools.base import PYTHON, ROOT, Problem, fingerprint, tail
from devtools.shared_server import SharedServer

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


def greeting(folder: Path) -> str:
    """Return what the sink of this folder calls itself: another checkout has one as well."""
    return "duebook-mail-sink-" + fingerprint(str(folder.absolute()))[:12]


class MailSink(SharedServer):
    """The sink that keeps its mails in one folder, on a port it remembers."""

    name = "mail sink"

    def __init__(self, folder: Path) -> None:
        """Take the folder of the mails; nothing is started."""
        super().__init__(folder)
        self._port_file = self._beside(".port")

    @property
    def port(self) -> int:
        """Port it listened on last; 0 before the first start."""
        try:
            return int(self._port_file.read_text())
        except (OSError, ValueError):
            return 0

    @property
    def url(self) -> str:
        """Address as django-environ reads it."""
        return f"smtp://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        """Whether our sink, and no stranger, greets on the remembered port."""
        return self._process_id() is not None

    def launch(self) -> None:
        """Start it on the remembered port, or on a free one where that is taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [str(PYTHON), "-m", "devtools.mailsink", str(self.folder), str(_free(self.port))]
        log = self._spawn(command, "mail-sink", cwd=ROOT)
        if not self._lives_until(self._answers, 30):
            raise Problem(f"the mail sink did not start; the end of {log}:\n{tail(log)}")

    def _answers(self) -> bool:
        return self._process is not None and self._process_id() == self._process.pid

    def halt(self) -> None:
        """Stop it and wait until it is gone."""
        process_id = self._process_id()
        if process_id is None:
            return
        os.kill(process_id, signal.SIGTERM)
        end = time.monotonic() + 10
        while time.monotonic() < end and self.is_ready():
            time.sleep(0.02)

    def _process_id(self) -> int | None:
        if not self.port:
            return None
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                told = line.recv(200).decode(errors="replace")
        except OSError:
            return None
        match = re.search(rf"{greeting(self.folder)} (\d+)", told)
        return int(match.group(1)) if match else None


def _free(port: int) -> int:
    """Return this port if nobody listens there, else 0: let the system choose."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


class Keeper:
    """Writes each mail to a file whose name sorts by time."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the mails."""
        self._folder = folder
        self._numbers = count(1)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self,
        server: "SMTP",
        session: "Session",
        envelope: "Envelope",
    ) -> str:
        """Keep the mail, with the addresses of its envelope on top."""
        moment = datetime.now(UTC)
        name = f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond:06d}-{next(self._numbers):04d}.eml"
        head = [f"X-Envelope-From: {envelope.mail_from}"]
        head += [f"X-Envelope-To: {address}" for address in envelope.rcpt_tos]
        content = envelope.content or b""
        data = content if isinstance(content, bytes) else content.encode()
        part = self._folder / f".{name}.part"
        part.write_bytes("\r\n".join([*head, ""]).encode() + data)
        part.rename(self._folder / name)  # a reader sees a whole mail or none
        return "250 OK kept as " + name


async def serve(folder: Path, port: int) -> None:
    """Serve until a signal to end arrives."""
    from aiosmtpd.smtp import SMTP

    keeper = Keeper(folder)
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)

    name = f"{greeting(folder)} {os.getpid()}"

    def protocol() -> SMTP:
        return SMTP(keeper, ident=name, enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(protocol, "127.0.0.1", port)
    port_file = folder.with_name(folder.name + ".port")
    port_file.write_text(str(server.sockets[0].getsockname()[1]))
    await end.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))

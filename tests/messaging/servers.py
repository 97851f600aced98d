"""Real SMTP servers on the loopback address that behave as told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


@dataclass
class Behaviour:
    """What the server answers; a list is used up one by one, its last answer stays."""

    mail: list[str] = field(default_factory=lambda: ["250 OK"])
    rcpt: list[str] = field(default_factory=lambda: ["250 OK"])
    data: list[str] = field(default_factory=lambda: ["250 OK"])
    received: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    connections: int = 0
    delay: float = 0.0

    @staticmethod
    def take(answers: list[str]) -> str:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and signature
        self, server: Any, session: Any, envelope: Any, address: str, opts: Any
    ) -> str:
        answer = self.take(self.mail)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and signature
        self, server: Any, session: Any, envelope: Any, address: str, opts: Any
    ) -> str:
        answer = self.take(self.rcpt)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(envelope.content)
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        if self.delay:
            await asyncio.sleep(self.delay)
        answer = self.take(self.data)
        if answer == "hang":
            await asyncio.sleep(30)
        if answer == "close":
            server.transport.abort()
        return answer


class Server(SMTP):
    behaviour: Behaviour

    def connection_made(self, transport: Any) -> None:
        self.behaviour.connections += 1
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self.behaviour.data[0] == "eof":
            self.behaviour.take(self.behaviour.data)
            await self.push("354 go on")
            self.transport.abort()
            return
        if self.behaviour.data[0].startswith("now "):
            await self.push(self.behaviour.take(self.behaviour.data)[4:])
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        server = Server(self.handler, **self.SMTP_kwargs)
        server.behaviour = self.handler
        return server


@contextmanager
def smtp_server(behaviour: Behaviour) -> Iterator[int]:
    """Serve on a free port, which is yielded."""
    port = free_port()
    controller = _Controller(behaviour, hostname="127.0.0.1", port=port)
    controller.start()  # makes a connection of its own, to see that the server is there
    behaviour.connections = 0
    try:
        yield port
    finally:
        controller.stop(no_assert=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

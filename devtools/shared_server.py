"""A server that several processes use at once and the last one to leave stops.

Each user holds a shared `flock`, which the kernel drops even on `kill -9`. A server whose user
was killed therefore stays, is adopted by the next user, and is stopped by the last one to leave.
"""

import fcntl
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO


class SharedServer:
    """Life cycle of one server that lives in one folder; subclasses know the server itself."""

    name = "server"

    def __init__(self, folder: Path) -> None:
        """Take the folder the server keeps its data in."""
        self.folder = folder
        self._held: TextIO | None = None

    def is_ready(self) -> bool:
        """Whether the server answers now."""
        raise NotImplementedError

    def launch(self) -> None:
        """Start the server in a session of its own and return when it answers."""
        raise NotImplementedError

    def halt(self) -> None:
        """Stop the server and return when it is gone."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to use the server; start it if nobody has."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        held = self._beside(".users").open("a")
        fcntl.flock(held, fcntl.LOCK_SH)
        self._held = held
        with self._beside(".starting").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not self.is_ready():
                self.launch()

    def stop(self) -> None:
        """Cease to use the server; stop it if nobody else uses it."""
        held, self._held = self._held, None
        if held is None:
            return
        with held, self._beside(".starting").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self.halt()

    def _beside(self, suffix: str) -> Path:
        return self.folder.with_name(self.folder.name + suffix)

    def __enter__(self) -> Self:
        """Start, as a context manager."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, as a context manager."""
        self.stop()

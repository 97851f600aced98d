"""A server that several processes use at once and the last one to leave stops.

Each user holds a shared `flock`, which the kernel drops even on `kill -9`. A server whose user
was killed therefore stays, is adopted by the next user, and is stopped by the last one to leave.
"""

import fcntl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from devtools.base import log_file


class SharedServer:
    """Life cycle of one server that lives in one folder; subclasses know the server itself."""

    name = "server"

    def __init__(self, folder: Path) -> None:
        """Take the folder the server keeps its data in."""
        self.folder = folder
        self._held: TextIO | None = None
        self._process: subprocess.Popen[bytes] | None = None

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
        self._held = self._beside(".users").open("a")
        fcntl.flock(self._held, fcntl.LOCK_SH)
        try:
            with self._beside(".starting").open("a") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                if not self.is_ready():
                    self.launch()
        except BaseException:  # Ctrl-C among them: leave no half-started server
            self.stop()
            raise

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
                self._leave_to_others()
                return
            self.halt()
            self._bury()

    def _spawn(
        self,
        command: list[str],
        log: str,
        *,
        cwd: Path | None = None,
        variables: dict[str, str] | None = None,
    ) -> Path:
        """Start the server's process; return the path of its log."""
        path = log_file(log)
        with path.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env=variables,
                start_new_session=True,  # Ctrl-C in the terminal must not reach it
            )
        return path

    def _lives_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait for the condition; False if the process we started ends before, or time is up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process and self._process.poll() is None:
            if condition():
                return True
            time.sleep(0.02)
        return False

    def _bury(self) -> None:
        """Take note of the end of the process we started, if it was us."""
        if self._process:
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _leave_to_others(self) -> None:
        """Forget the process we started: others use it, and one of them will stop it."""
        if self._process and self._process.poll() is None:
            self._process.returncode = 0  # else Popen warns that it still runs

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

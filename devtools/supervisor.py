"""Web, workers and beat as children of `./dev run`: started together, stopped in order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from devtools.base import PYTHON, ROOT, log_file, tail

SECONDS_TO_STOP = 20


def die_with_parent() -> None:
    """Ask Linux to end this process when the runner is killed, so that nothing is orphaned."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Service:
    """One long-running process with its log."""

    def __init__(self, name: str, module: Sequence[str], variables: dict[str, str]) -> None:
        """Start `python -m <module...>`."""
        self.name = name
        self.log = log_file(name)
        self._begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(PYTHON), "-m", *module],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=variables,
                cwd=ROOT,
                start_new_session=True,  # Ctrl-C reaches the runner alone
                preexec_fn=die_with_parent,  # noqa: PLW1509 - the runner has one thread
            )

    @property
    def ended(self) -> str:
        """Empty while it runs; else what it left in its log."""
        code = self._process.poll()
        if code is None:
            return ""
        return f"{self.name} ended with code {code}; the end of {self.log}:\n{tail(self.log)}"

    def stop(self) -> None:
        """Let it finish what it does; after a while, end it with its children."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

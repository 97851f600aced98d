"""Management commands and other programs in the application's environment."""

import fcntl
import re
import signal
import subprocess
from types import FrameType

from devtools.base import PYTHON, ROOT, VAR
from devtools.environment import DEFAULT_PORT, started

# They change the schema, so they connect as the role that owns it.
OWNER_COMMANDS = {"migrate", "flush", "sqlmigrate", "sqlflush", "createcachetable"}


def has_command(name: str) -> bool:
    """Whether some app of ours has this management command."""
    return any(ROOT.glob(f"*/management/commands/{name}.py"))


def owner_variables(variables: dict[str, str]) -> dict[str, str]:
    """Return the environment of a command that connects as the owner of the schema."""
    return variables | {"DATABASE_URL": variables["DATABASE_OWNER_URL"]}


def running_port() -> int:
    """Return the port `./dev run` of this checkout serves at now, or the usual one.

    Links that a command prints then open.
    """
    try:
        with (VAR / "run.lock").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:  # it runs, and has written where
                found = re.search(r":(\d+)/", lock.read())
                return int(found[1]) if found else DEFAULT_PORT
    except OSError:
        pass
    return DEFAULT_PORT


def manage(words: list[str]) -> int:
    """Run one management command; servers that do not run are started for it."""
    with started(port=running_port()) as surroundings:
        variables = surroundings.variables
        if words and words[0] in OWNER_COMMANDS:
            variables = owner_variables(variables)
        return call([str(PYTHON), str(ROOT / "manage.py"), *words], variables)


def shell(words: list[str]) -> int:
    """Run any program, or a shell, with the servers up and the environment set."""
    with started(port=running_port()) as surroundings:
        variables = surroundings.variables
        variables["PATH"] = f"{PYTHON.parent}:{variables.get('PATH', '')}"
        return call(words or [variables.get("SHELL") or "/bin/sh"], variables)


def call(command: list[str], variables: dict[str, str]) -> int:
    """Run a program in the foreground; Ctrl-C is its own business."""

    def leave_it(number: int, frame: FrameType | None) -> None:
        """Do nothing: the terminal sends the signal to the program as well."""

    before = signal.signal(signal.SIGINT, leave_it)
    try:
        process = subprocess.Popen(command, env=variables)

        def pass_on(number: int, frame: FrameType | None) -> None:
            process.send_signal(number)

        signal.signal(signal.SIGTERM, pass_on)
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return code if code >= 0 else 128 - code

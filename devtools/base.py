"""Where things lie, and how the set-up speaks. Standard library only."""

import hashlib
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# The start is handed on to the Python of the checkout, which takes over after the first step.
_STARTED = float(os.environ.pop("DUEBOOK_STARTED", "") or time.monotonic())
_quiet = False


class Problem(Exception):
    """Something a person can mend: shown as its message alone, without a traceback."""


def say(message: str) -> None:
    """Tell on standard error what is happening, with the seconds since the start."""
    if not _quiet:
        print(f"[{time.monotonic() - _STARTED:5.1f}s] {message}", file=sys.stderr, flush=True)


def hand_on_the_start() -> None:
    """Let the program that replaces this process count its seconds from the same start."""
    os.environ["DUEBOOK_STARTED"] = str(_STARTED)


def be_quiet() -> None:
    """Say no more about routine steps (used by `./dev manage`, whose output may be parsed)."""
    global _quiet  # noqa: PLW0603 - one switch for the whole process
    _quiet = True


def warn(message: str) -> None:
    """Tell something a person must read, even when quiet."""
    print(f"warning: {message}", file=sys.stderr, flush=True)


def fingerprint(*parts: Path | str) -> str:
    """Digest of some files' content and some words: what a stamp file compares."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def is_stamped(stamp: Path, want: str) -> bool:
    """Whether the step that leaves this stamp was done for exactly this input."""
    try:
        return stamp.read_text() == want
    except OSError:
        return False


def log_file(name: str) -> Path:
    """Path of a process's log; a long one is put aside once."""
    path = VAR / "log" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > 5_000_000:
        path.replace(path.with_suffix(".old.log"))
    return path


def tail(path: Path, lines: int = 15) -> str:
    """Last lines of a log, for a message."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def socket_folder(wanted: Path, owner: int | None = None) -> Path:
    """Return `wanted`, or a private folder under /tmp where the path is too long for a socket."""
    if len(os.fsencode(wanted)) + len("/.s.PGSQL.5432") < 100:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:10]
    folder = Path("/tmp") / f"duebook-{os.getuid()}-{digest}"  # noqa: S108 - made 0700, owner checked
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), owner}:
        raise Problem(f"{folder} belongs to somebody else; remove it, or use a shorter path")
    if owner is not None:
        os.chown(folder, owner, -1)
    return folder

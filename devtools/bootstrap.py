"""The virtual environment, filled from the hash-pinned lock. Standard library only."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.base import PYTHON, ROOT, VAR, VENV, Problem, fingerprint, is_stamped, log_file, say

WHOLE = ROOT / "requirements.lock"
RUN = ROOT / "requirements-run.lock"
SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let one process prepare this checkout; others wait."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "prepare.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def in_venv() -> bool:
    """Whether this interpreter is the checkout's own."""
    return Path(sys.prefix) == VENV


def base_python() -> str:
    """Return the interpreter that made whatever environment we were started from."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def prepare_python(*, whole: bool) -> None:
    """Make .venv equal to the lock; nothing to do when its stamp says so.

    What only checks and tests need is left out unless `whole`: it is the larger half.
    """
    home = f"{VENV} {sys.version_info.major}.{sys.version_info.minor}"
    done = {lock: fingerprint(lock, home) for lock in (WHOLE, RUN)}
    for lock in [WHOLE] if whole else [WHOLE, RUN]:
        if PYTHON.exists() and is_stamped(_stamp(lock), done[lock]):
            return
    if VENV.is_symlink():
        raise Problem(".venv is a link; what it leads to would be emptied. Remove the link.")
    say("installing Python packages into .venv")
    if not (PYTHON.exists() and is_stamped(VENV / ".home", home)):
        # Debian ships Python without ensurepip; the system's pip fills the environment.
        run([base_python(), "-m", "venv", "--clear", "--without-pip", str(VENV)], "make .venv")
        (VENV / ".home").write_text(home)
    lock = WHOLE if whole else RUN
    install(lock)
    _stamp(lock).write_text(done[lock])


def _stamp(lock: Path) -> Path:
    return VENV / f".{lock.name}"


def install(lock: Path, target: Path | None = None) -> None:
    """Install a lock's packages into .venv, or into a folder of their own."""
    rest = ["install", "-q", "--require-hashes", "-r", str(lock)]
    if target:
        rest += ["--target", str(target)]
    purpose = f"install the Python packages of {lock.name}"
    uv = shutil.which("uv")
    if uv:
        try:
            run([uv, "pip", *rest, "--python", str(PYTHON)], purpose)
        except Problem:
            say("uv failed; trying pip")  # which may be configured for another mirror
        else:
            return
    options = ["--python", str(PYTHON), "--disable-pip-version-check"]
    # Bytecode is left to the first import: a third of the time, and most is never imported.
    run([*_pip(), *options, *rest, "--no-compile"], purpose)


def _pip() -> list[str]:
    """Return the command of some pip: of the system, else of the environment itself."""
    for python in dict.fromkeys([base_python(), sys.executable]):
        command = [python, "-m", "pip"]
        if (
            subprocess.run([*command, "--version"], capture_output=True, check=False).returncode
            == 0
        ):
            return command
    ensure = [str(PYTHON), "-m", "ensurepip"]
    if subprocess.run(ensure, capture_output=True, check=False).returncode:
        raise Problem("this Python has no pip: install python3-pip (or python3-venv), or uv")
    return [str(PYTHON), "-m", "pip"]


def run(command: list[str], purpose: str, *, cwd: Path | None = None) -> None:
    """Run one step of the set-up; its output is shown only when it fails."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "PG"))}
    if SYSTEM_AUTHORITIES.exists():
        # Node trusts its own list alone, and a company's proxy is not on it.
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_AUTHORITIES))
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        cwd=cwd,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate()
    except BaseException:  # pip and npm have children of their own, which must not go on
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode:
        log = log_file("setup")
        log.write_text(output)
        raise Problem(f"could not {purpose}: {_gist(output)}\n(all of it: {log})")


def _gist(output: str) -> str:
    """Return the few lines of a failed installation that say why."""
    lines = [line.strip() for line in output.strip().splitlines()]
    errors = [line for line in lines if line.lower().startswith(("error", "npm err"))]
    return "\n".join(errors[:4] or lines[-4:])[:1000]

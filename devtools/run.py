"""`./dev run`: everything, until Ctrl-C."""

import fcntl
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from devtools.base import PYTHON, ROOT, VAR, Problem, log_file, say, tail
from devtools.environment import Surroundings, started
from devtools.manage import has_command, owner_variables
from devtools.supervisor import Service

WAIT_FOR_PAGE = 90


class Stop(BaseException):
    """Somebody wants the run to end."""


def run(port: int) -> int:
    """Start everything, say where it is, and stop it all when told to."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        with _only_run(port):
            _refuse_taken(port)
            with started(port=port) as surroundings:
                _prepare_application(surroundings.variables)
                with _services(port, surroundings) as services:
                    _wait_for_page(port, services)
                    _welcome(port, surroundings.variables)
                    _watch(services, surroundings)
    except Stop:
        say("stopped")
    return 0


@contextmanager
def _only_run(port: int) -> Iterator[None]:
    """Keep a second run out of the same checkout: they would share beat's memory and the queue."""
    with (VAR / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Problem(f"this checkout already runs: {lock.read().strip()}") from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, http://127.0.0.1:{port}/")
        lock.flush()
        yield


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Problem(f"port {port} needs more rights: choose one above 1023") from None
        except OSError:
            raise Problem(
                f"port {port} is taken by another program: ./dev run --port {port + 1}"
            ) from None


def _prepare_application(variables: dict[str, str]) -> None:
    """Migrate, fill an empty base with the demo company, collect the static files."""
    log = log_file("prepare")
    with log.open("ab") as output:

        def begin(*words: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [str(PYTHON), "manage.py", *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=env,
                cwd=ROOT,
                start_new_session=True,
            )

        def finish(process: subprocess.Popen[bytes], purpose: str) -> None:
            try:
                code = process.wait()
            except BaseException:
                process.terminate()
                process.wait()
                raise
            if code:
                raise Problem(f"could not {purpose}; the end of {log}:\n{tail(log)}")

        files = begin("collectstatic", "--noinput", "-v0", env=variables)
        try:
            say("migrating the database")
            migrate = begin("migrate", "--noinput", "-v1", env=owner_variables(variables))
            finish(migrate, "migrate the database")
            if has_command("demo"):
                say("looking after the demo companies; making them takes a minute or two, once")
                finish(begin("demo", "--if-empty", env=variables), "make the demo company")
            else:
                say("there is no `demo` command yet: the base stays as it is")
        finally:
            finish(files, "collect the static files")


@contextmanager
def _services(port: int, surroundings: Surroundings) -> Iterator[list[Service]]:
    """Start the workers, beat and web; stop them in the opposite order."""
    with ExitStack() as stack:
        services = []
        for name, module in _commands(port).items():
            services.append(Service(name, module, surroundings.variables))
            stack.callback(services[-1].stop)
        try:
            yield services
        finally:
            # A second Ctrl-C must not break the orderly end.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            say("stopping")


def _commands(port: int) -> dict[str, list[str]]:
    """Return each process's name and its words after `python -m`, web last."""
    celery = ["celery", "-A", "billing_site"]
    worker = [*celery, "worker", "-c", "2", "-l", "INFO", "--without-mingle"]
    beat_memory = str(VAR / "beat-schedule")
    return {
        "worker": [*worker, "-Q", "celery,sweeps"],
        "webhooks": [*worker, "-Q", "webhooks", "-n", "webhooks@%h"],
        "beat": [*celery, "beat", "-l", "INFO", "-s", beat_memory, "--pidfile="],
        "web": _gunicorn(f"127.0.0.1:{port}"),
    }


def _gunicorn(address: str) -> list[str]:
    words = ["gunicorn", "billing_site.wsgi", "--bind", address, "--workers", "2", "--threads", "4"]
    logger = "billing_site.access_log.MaskingLogger"
    return [*words, "--logger-class", logger, "--no-control-socket"]  # the site logs requests


def _wait_for_page(port: int, services: list[Service]) -> None:
    """Wait until the first page answers."""
    say("waiting for the first page")
    url = f"http://127.0.0.1:{port}/"
    end = time.monotonic() + WAIT_FOR_PAGE
    while time.monotonic() < end:
        _refuse_ended(services)
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
            web = services[-1].log
            raise Problem(
                f"the first page fails with {error.code}; the end of {web}:\n{tail(web)}"
            ) from None
        except OSError:
            time.sleep(0.1)
    raise Problem(f"no page after {WAIT_FOR_PAGE} s; see {VAR / 'log'}")


def _refuse_ended(services: list[Service]) -> None:
    for service in services:
        if service.ended:
            raise Problem(service.ended)


def _welcome(port: int, variables: dict[str, str]) -> None:
    """Print where it is and who may sign in."""
    say("ready")
    print(f"\n  Duebook  http://127.0.0.1:{port}/\n", flush=True)
    if has_command("demo"):
        command = [str(PYTHON), "manage.py", "demo", "--logins"]
        done = subprocess.run(
            command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if not done.returncode:
            print("\n".join(f"  {line}".rstrip() for line in done.stdout.splitlines()))
    print("\n  Mails it sends: var/mail   Logs: var/log   Ctrl-C stops everything\n", flush=True)


def _watch(services: list[Service], surroundings: Surroundings) -> None:
    """Return never; end the run when a part of it ends."""
    while True:
        _refuse_ended(services)
        for server in surroundings.servers:
            if not server.is_ready():
                time.sleep(1)
                if not server.is_ready():
                    raise Problem(f"{server.name} ended; see {VAR / 'log'}")
        time.sleep(1)

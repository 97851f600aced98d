"""The commands of `./dev`."""

import os
import shlex
import signal
import sys

from devtools.base import PYTHON, Problem, be_quiet, hand_on_the_start
from devtools.bootstrap import in_venv, one_at_a_time, prepare_python

USAGE = """\
usage: ./dev COMMAND

  run [--port N]       prepare, start everything, print the address; Ctrl-C stops it
  test [pytest words]  all checks and tests; with words, only pytest with these
  check                the checks before the tests alone
  manage WORDS         a management command, with the servers it needs
  shell [PROGRAM ...]  a shell, or a program, in the same environment
  shell-env            print that environment as lines to `eval`; starts nothing
  prepare              install what is missing, and no more

Set DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, EMAIL_URL (or write them into .env, see
.env.example) to use your own servers instead of those under var/.
"""
DEFAULT_PORT = 8000


def main(words: list[str]) -> int:
    """Run one command; a Problem is shown as its message alone."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a background job is born ignoring Ctrl-C
        signal.signal(number, signal.default_int_handler)
    try:
        return _main(words)
    except Problem as problem:
        print(f"./dev: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("./dev: stopped", file=sys.stderr)
        return 130


def _main(words: list[str]) -> int:
    command, rest = (words[0], words[1:]) if words else ("help", [])
    if command in {"help", "-h", "--help"}:
        print(USAGE, end="")
        return 0
    if command not in COMMANDS:
        raise Problem(f"there is no command {command!r}; see ./dev help")
    if command in {"manage", "shell", "shell-env"}:
        be_quiet()
    if command == "run":
        _port(rest)  # refuse nonsense before anything is installed
    _prepare(whole=command in {"test", "check", "shell", "prepare"})
    return COMMANDS[command](rest)


def _prepare(*, whole: bool) -> None:
    """Install what is missing; continue inside the checkout's own Python."""
    with one_at_a_time():
        prepare_python(whole=whole)
    if not in_venv():
        sys.stdout.flush()
        hand_on_the_start()
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - no shell is meant
    from devtools import fonts, frontend, system

    with one_at_a_time():
        system.prepare_system()
        frontend.prepare_frontend()
        fonts.prepare_fonts()


def _port(words: list[str]) -> int:
    if not words:
        return int(os.environ.get("PORT") or DEFAULT_PORT)
    value = words[0].removeprefix("--port=") if len(words) == 1 else words[1]
    if words[0].split("=")[0] != "--port" or len(words) > 2 or not value.isdigit():
        raise Problem("usage: ./dev run [--port N]")
    if not 0 < int(value) < 65536:
        raise Problem(f"there is no port {value}")
    return int(value)


def _run(words: list[str]) -> int:
    from devtools.run import run

    return run(_port(words))


def _test(words: list[str]) -> int:
    from devtools.checks import run_checks, run_tests
    from devtools.environment import started

    with started(tests=True) as surroundings:
        failed = [] if words else run_checks(surroundings.variables)
        code = run_tests(words, surroundings.variables)
    if failed:
        print("checks that failed: " + ", ".join(failed), file=sys.stderr)
    return code or int(bool(failed))


def _check(words: list[str]) -> int:
    from devtools.checks import run_checks
    from devtools.environment import started

    if words:
        raise Problem("usage: ./dev check")
    with started(tests=True) as surroundings:
        return int(bool(run_checks(surroundings.variables)))


def _manage(words: list[str]) -> int:
    from devtools.manage import manage

    return manage(words)


def _shell(words: list[str]) -> int:
    from devtools.manage import shell

    return shell(words)


def _shell_env(words: list[str]) -> int:
    from devtools.environment import describe
    from devtools.manage import running_port

    before = dict(os.environ)
    for name, value in sorted(describe(port=running_port()).variables.items()):
        if before.get(name) != value:
            print(f"export {name}={shlex.quote(value)}")
    return 0


def _nothing(words: list[str]) -> int:
    return 0


COMMANDS = {
    "run": _run,
    "test": _test,
    "check": _check,
    "manage": _manage,
    "shell": _shell,
    "shell-env": _shell_env,
    "prepare": _nothing,
}

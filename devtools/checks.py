"""What stands before the tests: format, lint, types, contracts, templates, texts, migrations."""

import os
import subprocess
import time
from collections.abc import Sequence

from devtools.base import PYTHON, ROOT
from devtools.manage import call, has_command

CHECKS: dict[str, Sequence[str]] = {
    "format": ("-m", "ruff", "format", "--check", "--quiet", "."),
    "lint": ("-m", "ruff", "check", "--quiet", "."),
    "types": ("-m", "mypy"),
    "imports": ("-m", "devtools.contracts"),
    "system": ("manage.py", "check"),
    "templates": ("manage.py", "check_templates"),
    "texts": ("manage.py", "messages", "--check"),
    "migrations": ("manage.py", "makemigrations", "--check", "--dry-run"),
}


def run_checks(variables: dict[str, str]) -> list[str]:
    """Run all of them, show what those that fail print, and return their names."""
    failed = []
    for name, words in CHECKS.items():
        if words[0] == "manage.py" and not _exists(words[1]):
            print(f"{name:11} skipped: there is no `{words[1]}` command yet", flush=True)
            continue
        begin = time.monotonic()
        done = subprocess.run(
            [str(PYTHON), *words],
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        verdict = "FAILED" if done.returncode else "ok"
        print(f"{name:11} {verdict} ({time.monotonic() - begin:.1f} s)", flush=True)
        if done.returncode:
            print(done.stdout, flush=True)
            failed.append(name)
    return failed


def _exists(command: str) -> bool:
    return command in {"check", "makemigrations"} or has_command(command)


def run_tests(words: list[str], variables: dict[str, str]) -> int:
    """Run pytest; without arguments the whole suite, in two processes."""
    os.chdir(ROOT)
    return call([str(PYTHON), "-m", "pytest", *(words or ["-n", "2"])], variables)

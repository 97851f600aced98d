"""What stands before the tests: format, lint, types, contracts, templates, texts, migrations."""

import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from devtools.base import PYTHON, ROOT
from devtools.manage import call

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
    """Run all of them, two at a time, show what those that fail print, and return their names."""
    failed = []
    with ThreadPoolExecutor(2) as threads:
        tries = [threads.submit(_check, name, variables) for name in CHECKS]
        for name, tried in zip(CHECKS, tries, strict=True):
            seconds, done = tried.result()
            verdict = "FAILED" if done.returncode else "ok"
            print(f"{name:11} {verdict} ({seconds:.1f} s)", flush=True)
            if done.returncode:
                print(done.stdout, flush=True)
                failed.append(name)
    return failed


def _check(name: str, variables: dict[str, str]) -> tuple[float, subprocess.CompletedProcess[str]]:
    begin = time.monotonic()
    done = subprocess.run(
        [str(PYTHON), *CHECKS[name]],
        cwd=ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return time.monotonic() - begin, done


def run_tests(words: list[str], variables: dict[str, str]) -> int:
    """Run pytest; without arguments the whole suite.

    In three processes, for two cores: one of them often waits for a browser, a mail or a worker.
    """
    os.chdir(ROOT)
    return call([str(PYTHON), "-m", "pytest", *(words or ["-n", "3"])], variables)

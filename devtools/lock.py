"""Make the locks anew: `.venv/bin/python -m devtools.lock [--upgrade]`.

They carry hashes and versions but no address, so they hold for every mirror. Needs `uv` and npm.
"""

import json
import shutil
import subprocess
import sys

from devtools.base import ROOT, Problem
from devtools.frontend import npm_command

PINNED = ["--constraint", "requirements.lock"]
# Each lock, and what it is made from. A later one keeps to the versions of the first.
LOCKS = {
    "requirements.lock": ["requirements.in", "requirements-local.in", "requirements-dev.in"],
    "requirements-run.lock": ["requirements.in", "requirements-local.in", *PINNED],
    "requirements-production.lock": ["requirements.in", *PINNED],
    "requirements-node.lock": ["requirements-node.in"],
}
# --universal: also right for the older 3.11 releases, which need packages that newer ones do not.
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "-q"]


def lock_python(*, upgrade: bool) -> None:
    """Make the Python locks."""
    uv = shutil.which("uv")
    if not uv:
        raise Problem("making the locks needs uv: pip install uv")
    for lock, sources in LOCKS.items():
        if upgrade:
            (ROOT / lock).unlink(missing_ok=True)
        command = [uv, "pip", "compile", *OPTIONS, *sources, "-o", lock]
        subprocess.run(command, cwd=ROOT, check=True)


def lock_npm() -> None:
    """Make package-lock.json and take the addresses of donation pages out of it."""
    command = [*npm_command(), "install", "--package-lock-only", "--ignore-scripts"]
    subprocess.run(command, cwd=ROOT, check=True)
    path = ROOT / "package-lock.json"
    content = json.loads(path.read_text())
    for package in content["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    lock_python(upgrade="--upgrade" in sys.argv)
    lock_npm()

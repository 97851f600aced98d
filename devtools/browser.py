"""The system's Chromium for the browser tests; Playwright's own download is never used."""

import os
import shutil

REASON = "no Chromium on this machine: apt-get install chromium"
# --no-sandbox: the tests may run as root, and open our own pages only.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def launch_arguments() -> dict[str, object]:
    """Return what pytest-playwright's `browser_type_launch_args` fixture should add."""
    return {"executable_path": chromium(), "args": ARGUMENTS}


def is_required() -> bool:
    """Whether a missing browser is a failure: the continuous integration says so."""
    return os.environ.get("E2E_REQUIRED", "") not in {"", "0"}

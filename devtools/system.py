"""The system library the set-up needs beside Python: Pango, for PDF documents."""

import ctypes
import ctypes.util
import os
import shutil
import subprocess
import sys

from devtools.base import say, warn

APT = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
LIBRARIES = {
    "gobject-2.0": 0,
    "pango-1.0": 0,
    "pangoft2-1.0": 0,
    "harfbuzz": 0,
    "harfbuzz-subset": 0,
    "fontconfig": 1,
}


def prepare_system() -> None:
    """Install Pango where it is missing and may be installed; else say that PDF is off."""
    if has_pango():
        return
    if shutil.which("apt-get") and _may_install():
        say("installing Pango for PDF documents: apt-get install " + " ".join(APT))
        if _apt_install() or (_apt("update") and _apt_install()):
            return
    command = (
        "brew install pango" if sys.platform == "darwin" else f"apt-get install {' '.join(APT)}"
    )
    warn(f"Pango is missing, so PDF documents are off. To have them: {command}")


def has_pango() -> bool:
    """Whether every library that WeasyPrint opens can be loaded; Pango brings most of them."""
    return all(_loads(name, version) for name, version in LIBRARIES.items())


def _loads(name: str, version: int) -> bool:
    for library in (f"lib{name}.so.{version}", ctypes.util.find_library(name)):
        if library:
            try:
                ctypes.CDLL(library)
            except OSError:
                continue
            return True
    return False


def _sudo() -> list[str]:
    if os.geteuid() == 0:
        return []
    return ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]  # no terminal, nobody to ask


def _may_install() -> bool:
    return os.geteuid() == 0 or shutil.which("sudo") is not None


def _apt(*words: str) -> bool:
    command = [*_sudo(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", *words]
    quiet = subprocess.DEVNULL
    return subprocess.run(command, stdout=quiet, stderr=quiet, check=False).returncode == 0


def _apt_install() -> bool:
    return _apt("install", "--no-install-recommends", *APT)

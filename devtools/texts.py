"""The compiled translations: made from the .po files, by Babel, whenever those are newer."""

import os
from pathlib import Path

from devtools.base import ROOT


def compile_texts() -> None:
    """Write each .mo file that is missing or older than its .po; whole or not at all."""
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            _compile(source, target)


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo  # installed by the set-up
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalog = read_po(file)
    made = target.with_name(f"{target.name}.{os.getpid()}")
    with made.open("wb") as file:
        write_mo(file, catalog)
    made.replace(target)

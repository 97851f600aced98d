"""What the set-up looks for on the system."""

import ctypes
import re
from pathlib import Path

import pytest
import weasyprint.text.ffi

from devtools import system


def test_every_library_that_weasyprint_opens_is_looked_for() -> None:
    source = Path(weasyprint.text.ffi.__file__).read_text()
    opened = set(re.findall(r"'lib([a-z0-9.-]+)\.so\.\d+'", source))
    assert opened - set(system.LIBRARIES) <= {"harfbuzz-vector"}  # it draws without that one


@pytest.mark.parametrize("missing", system.LIBRARIES)
def test_one_missing_library_is_enough(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        if name.startswith(f"lib{missing}.so"):
            raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: None)
    assert not system.has_pango()
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: None)
    assert system.has_pango()

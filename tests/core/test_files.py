"""Bytes are kept once, whole, and are told from damaged ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import files
from core.models import StoredFile, Tenant
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def keep(content: bytes) -> StoredFile:
    return files.store(content=content, name="a.pdf", content_type="application/pdf", at=NOON)


def test_the_same_bytes_are_kept_once(in_tenant: Tenant, folder: Path) -> None:
    assert keep(b"one") == keep(b"one")
    assert keep(b"two") != keep(b"one")
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2
    assert files.read(keep(b"one")) == b"one"


def test_damaged_and_missing_bytes_are_named(in_tenant: Tenant, folder: Path) -> None:
    stored = keep(b"one")
    [path] = [path for path in folder.rglob("*") if path.is_file()]
    path.write_bytes(b"two")
    with pytest.raises(files.FileDamaged, match="changed"):
        files.read(stored)
    path.unlink()
    with pytest.raises(files.FileDamaged, match="missing"):
        files.read(stored)

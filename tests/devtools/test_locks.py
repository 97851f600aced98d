"""The locks: complete, in step with each other, and free of addresses."""

import json
import re

import pytest

from devtools.base import ROOT

LOCKS = ["requirements.lock", "requirements-run.lock", "requirements-production.lock"]
ALL_LOCKS = [*LOCKS, "requirements-node.lock", "package-lock.json"]


def pinned(lock):
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def wanted(source):
    lines = re.findall(r"^([A-Za-z0-9-]+)", (ROOT / source).read_text(), re.MULTILINE)
    return {line.lower() for line in lines}


@pytest.mark.parametrize("lock", [*ALL_LOCKS, "package.json"])
def test_names_no_address(lock):
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", ALL_LOCKS[:-1])
def test_every_python_package_has_a_hash(lock):
    for entry in re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip()):
        assert "--hash=sha256:" in entry, entry


def test_every_npm_package_has_a_hash():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)


@pytest.mark.parametrize(
    ("lock", "sources"),
    [
        ("requirements.lock", ["requirements.in", "requirements-local.in", "requirements-dev.in"]),
        ("requirements-run.lock", ["requirements.in", "requirements-local.in"]),
        ("requirements-production.lock", ["requirements.in"]),
        ("requirements-node.lock", ["requirements-node.in"]),
    ],
)
def test_holds_what_was_asked_for(lock, sources):
    for source in sources:
        assert wanted(source) <= set(pinned(lock)), source


def test_smaller_locks_agree_with_the_whole_one():
    whole = pinned("requirements.lock").items()
    assert pinned("requirements-production.lock").items() <= pinned("requirements-run.lock").items()
    assert pinned("requirements-run.lock").items() <= whole


@pytest.mark.parametrize(
    "source", sorted(ROOT.glob("requirements*.in")), ids=lambda path: path.name
)
def test_every_dependency_gives_its_reason(source):
    for line in source.read_text().splitlines():
        assert not line or "#" in line, line

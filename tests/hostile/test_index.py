"""The list of the hostile inputs is whole, and every test it names is there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.hostile import INDEX

ROOT = Path(__file__).parents[2]


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the file's tests, a class's as ``Class.test``."""
    found = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            found |= {f"{node.name}.{one.name}" for one in inner}
    return frozenset(found)


def test_every_number_is_named() -> None:
    assert list(INDEX) == list(range(1, 37))


@pytest.mark.parametrize("number", INDEX)
def test_every_test_is_there(number: int) -> None:
    title, tests = INDEX[number]
    assert title
    assert tests
    for one in tests:
        path, name = one.split("::")
        assert name.split(".")[-1].startswith("test_"), one
        assert name in names_in(path), one

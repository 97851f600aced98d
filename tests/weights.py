"""What a page weighs as a browser fetches it: its HTML, and the files that its head names."""

from __future__ import annotations

import gzip
import re
from functools import cache
from html import unescape
from pathlib import Path

from django.contrib.staticfiles import finders

# HTML and the customer's page count as they are. Scripts and styles count as they travel: that is
# how the limit for scripts is put, and the framework's stylesheet alone is 620 KB uncompressed.
HTML_LIMIT = 120 * 1024
JS_LIMIT = 110 * 1024
CSS_LIMIT = 95 * 1024
PORTAL_LIMIT = 60 * 1024
QUERY_LIMIT = 15

STATIC = re.compile(r'(?:href|src|data-typeahead-js|data-typeahead-css)="/static/([^"#?]+)')
IMPORTED = re.compile(r'(?:from|import)\s*\(?\s*"(\./[^"]+)"')


def files_of(html: str) -> set[str]:
    """Return the static files that a page loads, with the modules its scripts import."""
    found: set[str] = set()
    waiting = [unescape(name) for name in STATIC.findall(html)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name.endswith(".js"):
            text = path_of(name).read_text(encoding="utf-8")
            folder = Path(name).parent
            waiting += [(folder / other[2:]).as_posix() for other in IMPORTED.findall(text)]
    return found


@cache
def path_of(name: str) -> Path:
    found = finders.find(name)
    assert found, f"there is no file {name}"
    return Path(found)


@cache
def travels(name: str) -> int:
    """Return how many bytes of a file are sent: compressed, where that is worth it."""
    content = path_of(name).read_bytes()
    return min(len(gzip.compress(content, 9, mtime=0)), len(content))


@cache
def size(name: str) -> int:
    return path_of(name).stat().st_size


def weight(html: str, ending: str) -> int:
    """Return what all files of that ending weigh for a browser that has none of them yet."""
    return sum(travels(name) for name in files_of(html) if name.endswith(ending))


def too_heavy(html: str) -> list[str]:
    """Return which budgets a staff page breaks, and by how much."""
    weights = {
        "HTML": (len(html.encode()), HTML_LIMIT),
        "JS": (weight(html, ".js"), JS_LIMIT),
        "CSS": (weight(html, ".css"), CSS_LIMIT),
    }
    return [
        f"{kind} {bytes_ / 1024:.1f} KB of {limit // 1024}"
        for kind, (bytes_, limit) in weights.items()
        if bytes_ > limit
    ]

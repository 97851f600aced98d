"""Every page as people meet it: accessible, within the screen, walked by Tab, in one language.

The usual run looks at a few pages in one look. ``./dev test -m slow tests/e2e/test_pages_axe.py``
looks at every page the crawler knows, in both themes and languages, at three widths, as everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from core import pdf, presentation
from core.roles import Role
from core.urls_in import page_url
from tests.e2e import longer, looking
from tests.e2e.conftest import LANGUAGES, Site, Watch, forget_translations
from tests.e2e.looking import NOBODY, OPERATOR, World

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

THEMES = ("light", "dark")
WIDTHS = (1280, 390, 320)
FEW = ("home", "invoices:list", "customers:detail/customer")
OTHERS = [role.value for role in Role if role != Role.ADMIN]


@pytest.fixture
def world(site: Site, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: b"%PDF-1.4 x")
    return looking.build()


@pytest.fixture
def visit(site: Site, new_page: Callable[..., Page], world: World, watch: Watch) -> Any:
    """Return a function that opens all pages of somebody, one after the other."""

    def every(
        who: str, language: str, paths: list[str] | None = None
    ) -> Iterator[tuple[str, Page]]:
        client = looking.visitor(world, who, language)
        size = {"width": 1280, "height": looking.HEIGHT}
        page = new_page(language, viewport=size, reduced_motion="reduce")
        looking.let_in(page, site, client)
        for path in paths or looking.pages_of(world, who, client):
            before = len(watch.problems)
            looking.open_page(page, site.url + path)
            if not looking.FOR_CUSTOMERS.search(path):
                assert page.locator("html").get_attribute("lang") == language, path
            yield path, page
            if path in looking.MISSING:  # the page itself, and nothing it or another asks for
                own = f"{site.url}{path}: Failed to load resource: the server responded with a"
                watch.problems[before:] = [
                    one
                    for one in watch.problems[before:]
                    if not (one.startswith(own) and "status of 404" in one)
                ]

    return every


def lengthen(settings: Any, tmp_path: Path, language: str) -> None:
    settings.LOCALE_PATHS = [longer.compiled(tmp_path / "longer", language)]
    forget_translations()
    for drawn in (presentation._chip, presentation._day, presentation._relative_due):
        drawn.cache_clear()  # kept by what they say in the language as it was


def few(world: World) -> list[str]:
    """Return the pages of the usual run."""
    parted = [name.partition("/") for name in FEW]
    return [
        page_url(world.tenant, name, *([world.things[thing]] if thing else []))
        for name, _slash, thing in parted
    ]


def test_a_few_pages(visit: Any, world: World) -> None:
    found = []
    for path, page in visit("ADMIN", "zh-hans", few(world)):
        problems = looking.problems_of(page, themes=["dark"], widths=[390], language="zh-hans")
        found += [f"{path}: {one}" for one in [*problems, *looking.cut_or_covered(page, width=390)]]
    assert not found, "\n".join(found)


@pytest.mark.slow  # some ten minutes each
@pytest.mark.parametrize("who", ["ADMIN", OPERATOR, NOBODY])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_in_every_look(visit: Any, who: str, language: str) -> None:
    found, count = [], 0
    for path, page in visit(who, language):
        problems = looking.problems_of(page, themes=THEMES, widths=WIDTHS, language=language)
        found += [f"{path}: {one}" for one in problems]
        count += 1
    assert count > {"ADMIN": 90, OPERATOR: 3, NOBODY: 6}[who]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("who", OTHERS)
def test_every_page_of_every_role(visit: Any, who: str) -> None:
    language = LANGUAGES[OTHERS.index(who) % 2]
    found = []
    for path, page in visit(who, language):
        problems = looking.problems_of(page, themes=["dark"], widths=[1280, 390], language=language)
        found += [f"{path}: {one}" for one in problems]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["ADMIN", OPERATOR, NOBODY])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_cut_when_it_is_a_third_longer(
    visit: Any, settings: Any, tmp_path: Path, who: str, language: str
) -> None:
    lengthen(settings, tmp_path, language)
    found = []
    for path, page in visit(who, language):
        for width in (1280, 390):
            cut = looking.cut_or_covered(page, longer.MARKS[language], width)
            found += [f"{path}: {width} px: {one}" for one in [*cut, *looking.sideways(page)]]
        if language == "en":
            found += [f"{path}: not translated: {one}" for one in looking.unmarked(page)]
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.slow
@pytest.mark.parametrize("who", ["ADMIN", OPERATOR, NOBODY])
def test_tab_walks_every_page_to_its_end(visit: Any, who: str) -> None:
    found = []
    for path, page in visit(who, "en"):
        found += [f"{path}: {one}" for one in looking.walked(page)]
    assert not found, "\n".join(found)

"""Lines moved by their handle, with the mouse and with a finger; the keys do the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from core.models import Tenant
from tests.e2e.conftest import Site, sign_in
from tests.e2e.editor import bill_with, company, lines_of

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tenant(site: Site) -> Tenant:
    return company()


@pytest.fixture
def three(site: Site, tenant: Tenant, new_page: Callable[..., Page]) -> Iterator[Page]:
    """A draft with the lines A, B and C in the editor."""
    page = new_page()
    sign_in(page, site, "admin@yuanfan.test")
    bill = bill_with(tenant, *"ABC")
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/{bill.pk}/edit/")
    expect(handle(page, 0)).to_be_visible()
    yield page
    expect(page.locator("form[data-unsaved]")).to_have_count(0)


def handle(page: Page, row: int) -> Locator:
    return page.locator("tr[data-line]:visible [data-line-handle]").nth(row)


def middle(one: Locator) -> tuple[float, float]:
    one.scroll_into_view_if_needed()
    box = one.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@contextmanager
def drag(page: Page, row: int, to: int) -> Iterator[None]:
    """Hold a line by its handle beyond the middle of another one; let it go at the end."""
    end = middle(handle(page, to))
    page.mouse.move(*middle(handle(page, row)))
    page.mouse.down()
    page.mouse.move(end[0], end[1] + (8 if to > row else -8), steps=4)
    yield
    page.mouse.up()


def said(page: Page) -> list[str]:
    """Return the lines' texts in the order of their numbers, without the blank one."""
    rows = page.locator("tr[data-line]:visible").all()
    found = [
        (int(row.locator("[name$=-position]").input_value()), row.locator("textarea").input_value())
        for row in rows
    ]
    assert [place for place, _text in found] == list(range(1, len(rows) + 1))
    return [text for _place, text in found if text]


def test_lines_are_dragged_by_their_handle(three: Page, tenant: Tenant) -> None:
    page = three
    page.locator("[name=lines-1-unit_price]").focus()
    with drag(page, 0, 2):
        page.keyboard.press("Escape")  # all stays as it was
    assert said(page) == ["A", "B", "C"]
    with drag(page, 0, 2):
        expect(page.locator("tr.is-dragged")).to_have_count(1)
    expect(page.locator("#announcer")).to_have_text("Line moved: it is now 3 of 4.")
    assert said(page) == ["B", "C", "A"]
    expect(page.locator("tr.is-dragged, .is-before-drop, .is-after-drop")).to_have_count(0)
    expect(page.locator("[name=lines-1-unit_price]")).to_be_focused()
    expect(page.locator("#save-state")).to_contain_text("Saved")
    assert [text for text, _quantity, _price in lines_of(tenant)] == ["B", "C", "A"]


def test_a_removed_line_comes_back_to_its_place(three: Page) -> None:
    page = three
    page.locator("[name=lines-1-unit_price]").focus()
    page.keyboard.press("Control+Delete")
    assert said(page) == ["A", "C"]
    with drag(page, 1, 0):
        pass
    assert said(page) == ["C", "A"]
    page.get_by_role("button", name="Undo").last.click()
    assert said(page) == ["C", "A", "B"]


def test_lines_are_dragged_by_a_finger(
    site: Site, tenant: Tenant, new_page: Callable[..., Page]
) -> None:
    page = new_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    sign_in(page, site, "admin@yuanfan.test")
    bill = bill_with(tenant, *"ABC")
    page.goto(f"{site.url}/t/{tenant.slug}/invoices/{bill.pk}/edit/")
    last, first = middle(handle(page, 2)), handle(page, 0).bounding_box()
    assert first
    assert first["width"] >= 24
    assert first["height"] >= 24
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    touch("touchStart", last)
    for step in range(1, 6):
        touch("touchMove", (last[0], last[1] + (first["y"] - last[1]) * step / 5))
    touch("touchEnd")
    expect(page.locator("#announcer")).to_have_text(re.compile("Line moved: it is now [12] of 4."))
    assert said(page)[2] == "B"
    expect(page.locator("#save-state")).to_contain_text("Saved")
    assert [text for text, _quantity, _price in lines_of(tenant)] == said(page)

"""Ticking, choosing columns and coming back to a list, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.core.test_browser import (  # noqa: F401 - fixtures
    SEVERE,
    Axe,
    browser_type_launch_args,
    company,
    visit,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.core.list_site"),
]


def test_shift_ticks_those_between_and_the_server_sums_them(visit: Any) -> None:  # noqa: F811
    page = visit()
    boxes = page.locator("input[name=selected]")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    assert page.locator("input[name=selected]:checked").count() == 4
    line = page.locator("[data-selection-summary]")
    expect(line).to_have_text("4 selected · CNY 6.00 · EUR 4.00")
    page.get_by_label("Select all 120 matching").check()
    expect(line).to_contain_text("120 selected")
    page.get_by_role("button", name="Clear").last.click()
    expect(page.locator("[data-selection-bar]")).to_be_hidden()


def test_a_file_of_ticked_rows_leaves_the_page_as_it_is(visit: Any) -> None:  # noqa: F811
    page = visit()
    page.locator("input[name=selected]").nth(0).click()
    for _time in range(2):
        page.locator(".selection-bar summary").click()
        with page.expect_download() as download:
            page.locator(".selection-bar button[value=csv]").click()
        assert download.value.suggested_filename == "customers.csv"
    assert page.locator("input[name=selected]:checked").count() == 1


def test_a_key_copies_the_rows_number(visit: Any) -> None:  # noqa: F811
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(page.locator(".toast-note")).to_be_visible()
    first = page.locator(".list-table tbody th a").first.inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == first


@pytest.mark.parametrize("theme", [pytest.param("light", marks=pytest.mark.slow), "dark"])
def test_columns_are_chosen_and_a_view_is_saved_on_a_phone(visit: Any, theme: str) -> None:  # noqa: F811
    page = visit("?currency=EUR", viewport={"width": 390, "height": 844}, color_scheme=theme)
    tools = page.locator(".list-tools summary")
    for n in range(3):
        tools.nth(n).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        result = Axe().run(page)
        assert not [one for one in result.response["violations"] if one["impact"] in SEVERE]
        page.keyboard.press("Escape")
    tools.nth(1).click()
    page.get_by_label("Terms").uncheck()
    page.get_by_role("button", name="Apply").last.click()
    expect(page.locator("td[data-label=Terms]")).to_have_count(0)
    expect(page.locator(".filter-chip")).to_contain_text("EUR")
    page.locator(".list-tools summary").nth(0).click()
    page.get_by_label("Name of the new view").fill("Euros")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".view-tab.is-active")).to_contain_text("Euros")
    expect(page.locator(".view-tab .view-count")).to_have_text(["60"])
    page.keyboard.press("v")
    expect(page.locator(".view-tab.is-active")).to_be_focused()

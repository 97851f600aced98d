"""The list pattern in a real browser: without JavaScript, with it, on a phone, and for axe."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect

from core.models import Membership, Tenant, User
from core.tenancy import tenant_scope
from customers.models import Customer
from devtools.browser import launch_arguments
from tests.conftest import NOON, make_tenant

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.core.list_site"),
]
SEVERE = {"serious", "critical"}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return launch_arguments()


@pytest.fixture
def company(transactional_db: None) -> Tenant:
    tenant = make_tenant("acme")
    person = User.objects.create_user("lina@acme.test", name="Li Na")
    Membership.objects.create(tenant=tenant, user=person, roles=["ADMIN"])
    with tenant_scope(tenant.pk):
        Customer.objects.bulk_create(
            [
                Customer(
                    code=f"C{n:04}",
                    name=f"Customer {n}",
                    currency=("CNY", "EUR")[n % 2],
                    credit_limit=Decimal(n),
                    created_at=NOON,
                )
                for n in range(120)
            ]
        )
    return tenant


@pytest.fixture
def visit(live_server: Any, client: Client, company: Tenant, browser: Browser) -> Iterator[Any]:
    """Return a function that opens the list; console errors fail the test."""
    client.force_login(User.objects.get(email="lina@acme.test"))
    cookie = {"name": "session", "value": client.cookies["session"].value, "url": live_server.url}
    contexts, complaints = [], []

    def open_list(query: str = "", **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type == "error" and "favicon" not in str(said.location)
                else None
            ),
        )
        page.goto(f"{live_server.url}/t/acme/demo/{query}")
        return page

    yield open_list
    for context in contexts:
        context.close()
    assert not complaints


def first_code(page: Page) -> str:
    return page.locator("tbody th").first.inner_text()


def top_left(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["x"], box["y"]


def test_everything_works_without_javascript(visit: Any) -> None:
    page = visit(java_script_enabled=False)
    page.get_by_role("link", name="Next").click()
    assert first_code(page) == "C0050"
    page.get_by_role("link", name="Code").click()
    assert first_code(page) == "C0119"
    page.locator(".filter-menu summary").click()
    page.get_by_label("Currency", exact=True).fill("EUR")
    page.get_by_role("button", name="Apply").click()
    assert page.locator(".list-count").inner_text() == "60 results"
    page.get_by_role("link", name="Currency: EUR").click()
    assert page.locator(".list-count").inner_text() == "120 results"
    page.locator("input[name=selected]").nth(1).check()
    page.get_by_role("button", name="Pause").click()
    assert page.inner_text("body") == "1 False C0118"


def test_searching_keeps_the_focus_and_the_address(visit: Any) -> None:
    page = visit()
    page.get_by_role("searchbox").press_sequentially("C004")
    page.wait_for_url("**q=C004**")
    expect(page.locator(".list-count")).to_have_text("10 results")
    assert page.evaluate("document.activeElement.id") == "list-q"
    assert page.locator("#announcer").inner_text() == "10 results"
    page.get_by_role("link", name="Code").click()
    page.wait_for_url("**sort=-code**")
    expect(page.locator("tbody th").first).to_have_text("C0049")
    page.go_back()
    expect(page.locator("tbody th").first).to_have_text("C0040")


def test_a_selection_says_what_it_adds_up_to(visit: Any) -> None:
    page = visit("?sort=-code")
    bar = page.locator(".selection-bar")
    assert not bar.is_visible()
    boxes = page.locator("input[name=selected]")
    boxes.nth(0).check()
    boxes.nth(3).click(modifiers=["Shift"])
    line = page.locator("[data-selection-summary]")
    expect(line).to_have_text("4 selected · CNY 234.00 · EUR 236.00")
    page.get_by_label("Select all 120 matching").check()
    expect(line).to_contain_text("120 selected")
    page.get_by_role("button", name="Pause").click()
    assert page.inner_text("body").startswith("120 False C0000,")


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 320),
        ("dark", 1280),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in product(("light", "dark"), (320, 390, 900, 1280))
            if one not in (("light", 320), ("dark", 1280))
        ),
    ],
)
def test_axe_and_reflow(visit: Any, width: int, scheme: str) -> None:
    page = visit("?currency=EUR", viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.locator("html").get_attribute("data-bs-theme") == scheme
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in SEVERE] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_head_and_first_column_stay_in_sight(visit: Any) -> None:
    page = visit(viewport={"width": 1280, "height": 700})
    page.evaluate("scrollTo({top: 900, behavior: 'instant'})")
    assert 90 <= top_left(page.locator("thead th").nth(2))[1] <= 110
    narrow = visit(viewport={"width": 700, "height": 700})
    narrow.evaluate("document.querySelector('.table-scroll').scrollTo(300, 300)")
    frame = top_left(narrow.locator(".table-scroll"))
    assert abs(top_left(narrow.locator("thead th").nth(5))[1] - frame[1]) <= 2
    assert abs(top_left(narrow.locator("tbody .cell-check").nth(15))[0] - frame[0]) <= 2
    assert abs(top_left(narrow.locator("tbody th").nth(15))[0] - frame[0] - 36) <= 2

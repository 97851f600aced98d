"""Every page as people meet it: accessible, within the screen, and in one language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from core.urls_in import page_url
from dunning.models import Policy
from invoices.enums import InvoiceState
from invoices.models import Invoice
from ledger.models import OpenItem
from tests.conftest import NOON, make_tenant
from tests.documents.builders import L, bank_account, draft, issued
from tests.e2e.conftest import LANGUAGES, Site
from tests.world import build_world

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGES = (
    "home", "invoices:list", "invoices:review", "invoices:schedules", "invoices:charges",
    "invoices:products", "invoices:new", "invoices:product_new", "invoices:charge_new",
    "invoices:schedule_new", "invoices:detail/draft", "invoices:edit/draft",
    "invoices:detail/bill", "invoices:send/bill", "invoices:void/bill", "invoices:return/waiting",
    "invoices:schedule/schedule", "invoices:charge/charge", "invoices:product/product",
    "invoices:send_many", "customers:list", "customers:new", "customers:detail/customer",
    "customers:edit/customer", "customers:account/customer", "customers:hold/customer",
    "payments:list", "payments:new", "payments:detail/receipt", "payments:reverse/receipt",
    "payments:undo/allocation", "collections:runs", "collections:run/run", "collections:policy",
    "collections:policy_edit", "collections:hold_item/item", "reports:aging", "messaging:list",
    "messaging:detail/message", "jobs", "job/job", "settings", "company_profile", "bank_accounts",
    "bank_account/bank", "number_formats", "exchange_rates", "people", "person_new",
    "person/person", "audit", "terms", "term_new", "taxes", "tax_new", "periods",
    "period_reopen/period",
)  # fmt: skip

WIDTHS = {1280: 800, 390: 844}
USUAL = [("light", "en", 1280), ("dark", "zh-hans", 390)]
REST = [one for one in product(("light", "dark"), LANGUAGES, WIDTHS) if one not in USUAL]

WORDS_AT = (
    "h1, h2, h3, button, summary, th[scope=col], label, legend, dt, .side-link, .menu-link, .btn"
)
# Names of things, codes and formats that are the same in every language.
SAME_WORDS = {
    "Duebook", "English", "PDF", "CSV", "XLSX", "Excel", "IBAN", "BIC", "CNAPS", "CNY", "EUR",
    "USD", "YYYY", "SEQ", "INV", "REC", "Ctrl", "UTC", "Asia", "Shanghai",
}  # fmt: skip
DATA = re.compile(r"\S+@\S+|OURS[ \w-]*|Customer \d+|Message-ID|[A-Z]+-[\w-]+|[A-Z]{3}(?= )")
ENGLISH = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True)
class Look:
    """One person's way to see the site."""

    theme: str
    language: str
    width: int


def fill_company() -> tuple[Tenant, dict[str, int]]:
    """One of everything, a bill with lines, one that waits for review."""
    tenant = make_tenant("acme", name="OURS")
    admin = User.objects.create_user("admin@acme.test")
    Membership.objects.create(tenant=tenant, user=admin, roles=[Role.ADMIN])
    world = build_world(tenant)
    with tenant_scope(tenant.pk):
        bank_account()
        Policy.objects.filter(pk=world["policy"]).update(is_active=True)
        bill = issued([L("OURS support", "2", "500.00"), L("OURS travel", "3", "33.35")])
        waiting = draft([L("OURS licence", "1", "1200.00")])
        Invoice.objects.filter(pk=waiting.pk).update(
            state=InvoiceState.IN_REVIEW, submitted_at=NOON, issue_date=None, due_date=None
        )
        item = OpenItem.objects.get(instalment__invoice=bill)
    return tenant, world | {"bill": bill.pk, "waiting": waiting.pk, "item": item.pk}


def address(tenant: Tenant, world: dict[str, int], page: str) -> str:
    name, _, thing = page.partition("/")
    return page_url(tenant, name, *([world[thing]] if thing else []))


@pytest.mark.slow  # a minute each: ./dev test -m slow tests/e2e
@pytest.mark.parametrize(("theme", "language", "width"), USUAL)
def test_every_page(
    theme: str, language: str, width: int, site: Site, new_page: Callable[..., Page]
) -> None:
    found = found_on_pages(Look(theme, language, width), site, new_page)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "language", "width"), REST)
def test_every_page_in_every_other_look(
    theme: str, language: str, width: int, site: Site, new_page: Callable[..., Page]
) -> None:
    found = found_on_pages(Look(theme, language, width), site, new_page)
    assert not found, "\n".join(found)


def found_on_pages(look: Look, site: Site, new_page: Callable[..., Page]) -> list[str]:
    tenant, world = fill_company()
    user = User.objects.get(email="admin@acme.test")
    User.objects.filter(pk=user.pk).update(language=look.language, theme=look.theme)
    page = new_page(look.language, viewport={"width": look.width, "height": WIDTHS[look.width]})
    client = Client()
    client.force_login(user)
    session = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": session, "url": site.url}])
    page.route(re.compile(r"/pdf/$"), lambda route: route.fulfill(body="", status=200))
    found = []
    for name in PAGES:
        answer = page.goto(site.url + address(tenant, world, name))
        assert answer is not None
        if answer.status != 200:
            found.append(f"{name}: answers {answer.status}")
            continue
        page.wait_for_function(
            "!document.querySelector('select[data-typeahead]:not(.tomselected)')"
        )
        found += [f"{name}: {problem}" for problem in problems_of(page, look)]
    return found


def problems_of(page: Page, look: Look) -> list[str]:
    shown = page.locator("html").get_attribute("data-bs-theme")
    problems = [] if shown == look.theme else [f"shown in {shown}"]
    violations = Axe().run(page).response["violations"]
    problems += [
        f"axe {one['id']}: {[node['html'][:160] for node in one['nodes'][:4]]}"
        for one in violations
        if one["impact"] in {"serious", "critical"}
    ]
    root = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    if root[0] > root[1] + 1:
        problems.append(f"{root[0]} px wide on a screen of {root[1]}")
    if look.language == "zh-hans":
        problems += [f"in English: {text}" for text in english_words(page)]
    return problems


def english_words(page: Page) -> list[str]:
    """Return headings, buttons, column heads and labels with words that are not Chinese."""
    texts = page.locator(WORDS_AT).all_inner_texts()
    left = {text.strip() for text in texts if set(ENGLISH.findall(DATA.sub("", text))) - SAME_WORDS}
    return sorted(left)

"""The site as people see it: which pages there are for whom, and what is wrong with one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from core.urls_in import page_url
from dunning.models import Policy
from invoices.enums import InvoiceState
from invoices.models import Invoice
from invoices.operations import void
from invoices.operations.links import create_link, url_of
from invoices.operations.store_document import store_document
from ledger.models import OpenItem
from payments.operations import ReceiptDraft, receive
from tests.conftest import NOON, make_tenant
from tests.crawl.test_crawl import route_of, walk
from tests.documents.builders import DAY, L, bank_account, draft, issued
from tests.e2e.conftest import Site
from tests.e2e.longer import MARKS
from tests.world import build_world

SCRIPTS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in (Path(__file__).parent / "scripts").glob("*.js")
}
AXE = Axe()
HEIGHT = 844
TALLEST = 6000
MOST_STEPS = 400
# Pages of another's making: the browser of the API's description is the library's own.
NOT_OURS = {"api:docs"}
# The document as it is printed: on paper of one width, with a mark behind the text that is light on
# purpose. It and its page behind a link are in the customer's language, of a catalogue of its own.
PAPER = re.compile(r"/preview/$")
FOR_CUSTOMERS = re.compile(r"/preview/$|/b/")
MISSING = ("/b/wrong-token/", "/accounts/login/nowhere/")
OPERATOR, NOBODY = "OPERATOR", "NOBODY"

WORDS_AT = (
    "h1, h2, h3, button, summary, th[scope=col], label, legend, dt, .side-link, .menu-link, .btn"
)
# Names of things, codes and formats that are the same in every language.
SAME_WORDS = {
    "Duebook", "English", "PDF", "CSV", "XLSX", "Excel", "IBAN", "BIC", "CNAPS", "CNY", "EUR",
    "USD", "YYYY", "SEQ", "INV", "REC", "Ctrl", "UTC", "Asia", "Shanghai", "PNG", "JPEG", "API",
    "URL", "TOTP", "HTTPS", "JSON", "Webhook", "webhook",
}  # fmt: skip
# What people entered, and what other catalogues say: months, sizes, countries, passwords; ids.
DATA = re.compile(
    r"\S+@\S+|\w+\.(?:txt|pdf|csv)|OURS[ \w-]*|Customer \d+|Product \d+|Message-ID"
    r"|[A-Z]+-[\w-]+|[A-Z]{3}(?= )|https?://\S+|\d bytes|China|\b[0-9a-f]{32}\b|\bacme\b"
    r"|\b(?:invoice|receipt|payment|customer|webhook)\.[a-z]+\b|Not subject to tax"
    r"|\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b"
    r"|\d+ (?:years?|months?|weeks?|days?|hours?|minutes?)\b"
    r"|Password \(again\)|Your password (?:can’t|must) .*"
)
# Texts that are ours everywhere but there: a file's own columns; what allauth says of signing in.
DATA_AT = (
    (re.compile(r"/import/\d+/"), re.compile(r"(?:Code|Name|Email)")),
    (re.compile(r"/accounts/"), re.compile(r"Email(?: address)?|Forgot your password\?")),
)
ENGLISH = re.compile(r"[A-Za-z]{3,}")


@dataclass
class World:
    """A company with one of everything, its people by role, and its customers' links."""

    tenant: Tenant
    things: dict[str, int]
    people: dict[str, User]
    links: list[str] = field(default_factory=list)


def build() -> World:
    """Make one of everything; bills that are paid, void, waiting, open; an operator."""
    tenant = make_tenant("acme", name="OURS")
    people = {}
    for role in (*Role, OPERATOR):
        person = User.objects.create_user(f"{role.lower()}@acme.test", theme="auto")
        if role == OPERATOR:
            User.objects.filter(pk=person.pk).update(is_operator=True)
        else:
            Membership.objects.create(tenant=tenant, user=person, roles=[role])
        people[str(role)] = person
    things = build_world(tenant)
    with tenant_scope(tenant.pk):
        bank_account()
        Policy.objects.filter(pk=things["policy"]).update(is_active=True)
        lines = [L("OURS support", "2", "500.00"), L("OURS travel", "3", "33.35")]
        bill, paid, gone = (issued(lines) for _ in range(3))
        for one in (bill, paid, gone):
            store_document(one.pk, NOON)
        item = OpenItem.objects.get(instalment__invoice=paid)
        receive(
            draft=ReceiptDraft(paid.customer_id, DAY, "CNY", item.amount, reference="OURS"),
            allocations={item.pk: item.amount},
            at=NOON,
            actor=None,
        )
        links = [url_of(create_link(one, timezone.now())) for one in (bill, paid, gone)]
        void(invoice=gone, reason="OURS mistake", at=NOON, actor=people["APPROVER"])
        waiting = draft([L("OURS licence", "1", "1200.00")])
        Invoice.objects.filter(pk=waiting.pk).update(
            state=InvoiceState.IN_REVIEW, submitted_at=NOON, issue_date=None, due_date=None
        )
        item = OpenItem.objects.get(instalment__invoice=bill)
    things |= {"bill": bill.pk, "waiting": waiting.pk, "item": item.pk, "void": gone.pk}
    return World(tenant, things, people, links)


def visitor(world: World, who: str, language: str) -> Client:
    """Return a client of that person, with the language as they have chosen it."""
    client = Client(headers={"accept-language": language})
    if who != NOBODY:
        User.objects.filter(pk=world.people[who].pk).update(language=language, theme="auto")
        client.force_login(world.people[who])
    return client


def pages_of(world: World, who: str, client: Client) -> list[str]:
    """Return an address of every kind of page that the links lead to, two of those of a thing."""
    starts = [f"/t/{world.tenant.slug}/"]
    if who == OPERATOR:
        starts = ["/platform/", "/profile/"]
    if who == NOBODY:
        links = [link.partition("/b/")[2] for link in world.links]
        starts = ["/accounts/login/", "/sign-up/", *(f"/b/{link}" for link in links)]
    found: list[str] = []
    seen: Counter[str] = Counter()
    for start in starts:
        for url, answer in walk(client, f"http://testserver{start}")[0].items():
            name = route_of(url)[0]
            path = url.removeprefix("http://testserver")
            is_new = path not in found and seen[name] < (1 if "?" in path else 2)
            if answer.is_page and answer.status == 200 and name not in NOT_OURS and is_new:
                seen[name] += 1
                found.append(path)
    if who == NOBODY:
        return [*found, *starts[2:], *MISSING]
    return [*found, *states_of(world)] if who == Role.ADMIN else found


def states_of(world: World) -> Iterator[str]:
    """Return the pages of a bill in each state, whichever of them the links led to."""
    for state in ("draft", "waiting", "bill", "void"):
        yield page_url(world.tenant, "invoices:detail", world.things[state])
    yield page_url(world.tenant, "invoices:send", world.things["bill"])
    yield page_url(world.tenant, "collections:hold_item", world.things["item"])


def let_in(page: Page, site: Site, client: Client) -> None:
    """Give the browser the client's session, and no PDF to draw."""
    if "session" in client.cookies:
        cookie = {"name": "session", "value": client.cookies["session"].value, "url": site.url}
        page.context.add_cookies([cookie])
    page.route(re.compile(r"/pdf/$"), lambda route: route.fulfill(body="", status=200))


def open_page(page: Page, url: str) -> int:
    """Open the page and wait for its scripts; return the status."""
    answer = page.goto(url)
    assert answer is not None
    expect(page.locator("select[data-typeahead]:not(.tomselected)")).to_have_count(0)
    return answer.status


def as_tall_as_it_is(page: Page, width: int) -> None:
    """Give the page a window in which all of it is in sight."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(height, HEIGHT), TALLEST)})


def severe(page: Page) -> list[str]:
    """Return what axe finds serious or critical."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.axe_script)
    violations = page.evaluate(
        "axe.run({exclude: ['.mark']}, {resultTypes: ['violations']}).then((one) => one.violations)"
    )
    return [
        f"axe {one['id']}: {[node['html'][:160] for node in one['nodes'][:4]]}"
        for one in violations
        if one["impact"] in {"serious", "critical"}
    ]


def sideways(page: Page) -> list[str]:
    """Return how much wider than the screen the page is, or one of its menus when opened."""
    if PAPER.search(page.url):
        return []
    root = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    found = [f"{root[0]} px wide on a screen of {root[1]}"] if root[0] > root[1] + 1 else []
    beyond: list[str] = page.evaluate(SCRIPTS["menus"])
    return found + beyond


def cut_or_covered(page: Page, mark: str = "", width: int = 1280) -> list[str]:
    """Return texts that cannot be read whole; with a mark, only of those that carry it."""
    as_tall_as_it_is(page, width)
    found: list[str] = page.evaluate(SCRIPTS["cut"], {"mark": mark or ".", "only": bool(mark)})
    page.set_viewport_size({"width": width, "height": HEIGHT})
    return found


def english_words(page: Page) -> list[str]:
    """Return headings, buttons, column heads and labels with words that are not Chinese."""
    if FOR_CUSTOMERS.search(page.url):
        return []
    texts = page.locator(WORDS_AT).all_inner_texts()
    return [f"in English: {text}" for text in sorted(untranslated(page, texts))]


def unmarked(page: Page) -> list[str]:
    """Return texts of a page in a longer language that no translation went into."""
    if FOR_CUSTOMERS.search(page.url):
        return []
    texts: list[str] = page.evaluate(SCRIPTS["said"])
    mark = re.compile(MARKS["en"])
    return sorted(untranslated(page, [text for text in texts if not mark.search(text)]))


def untranslated(page: Page, texts: Sequence[str]) -> set[str]:
    """Return the texts with English words that are neither data nor the same in every language."""
    data = [said for where, said in DATA_AT if where.search(page.url)]
    return {
        text.strip()
        for text in texts
        if set(ENGLISH.findall(DATA.sub("", text))) - SAME_WORDS
        and not any(said.fullmatch(text.strip()) for said in data)
    }


def walked(page: Page) -> list[str]:
    """Press Tab through the page; return where the focus is not seen, and what it cannot reach."""
    found: list[str] = []
    last, repeated, ends = None, 0, 0
    for _step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        at: dict[str, Any] | None = page.evaluate(SCRIPTS["step"])
        if at is None:  # the end of the page; a page that takes the focus first began in its middle
            ends += 1
            if ends > 1:
                break
            continue
        if at["id"] == 0 and last is not None and last["id"] != 0:
            break
        repeated = repeated + 1 if last is not None and at["id"] == last["id"] else 0
        if repeated > at["parts"]:
            if at["id"] == 0 and not page.evaluate(SCRIPTS["stops"]):
                break  # the page's only stop
            found.append(f"trapped in {at['name']}")
            break
        if not repeated:
            found += [f"{problem}: {at['name']}" for problem in at["problems"]]
        last = at
    else:
        found.append(f"no end after {MOST_STEPS} steps")
    return found + [f"not reached: {one}" for one in page.evaluate(SCRIPTS["stops"])]


def problems_of(
    page: Page, *, themes: Sequence[str], widths: Sequence[int], language: str
) -> list[str]:
    """Return what is wrong with the open page in each theme and at each width."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{width} px: {one}" for one in sideways(page)]
        if width < min(390, max(widths)):
            continue  # as at 390, only narrower
        for theme in themes:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            found += [f"{theme} {width} px: {one}" for one in severe(page)]
    if language == "zh-hans":
        found += english_words(page)
    return found

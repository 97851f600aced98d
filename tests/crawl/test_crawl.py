"""Every link followed, every form posted, with the hostile list: nothing breaks or leaks.

The usual run follows the links; ``-m slow`` posts the forms, once with some hostile values each, so
that all forms together meet all of them, and once with every value in every form.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import count
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils.html import escape

from core.models import Tenant, User
from core.roles import Role
from tests.crawl.hostile import HOSTILE, XSS
from tests.crawl.pages import Form, Page
from tests.weights import too_heavy
from tests.world import SECRET, build_world

pytestmark = pytest.mark.django_db
PER_ROUTE = 2  # a list of fifty bills is fifty times the same page
EACH = 1
FORM_TYPE = "application/x-www-form-urlencoded"
LEAVES = {"account_logout"}  # ends the walk
NOT_OURS = {"api:docs"}  # the browser of the API's description is the library's own, and heavy
# Fields of words: what is written there may be anything.
WORDY = {
    "name", "legal_name", "description", "reference", "note", "notes", "reason", "address", "label",
    "subject", "text", "comment", "holder", "bank", "unit", "payer_name", "purchase_order",
}  # fmt: skip
Found = dict[tuple[str, tuple[str, ...]], Form]


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end."""

    status: int
    text: str
    is_page: bool
    landed: str


def answer_of(response: HttpResponseBase, url: str) -> Answer:
    streamed = response.streaming
    body = b"".join(response.streaming_content) if streamed else response.content  # type: ignore[attr-defined]
    chain = getattr(response, "redirect_chain", [])
    landed = urljoin(url, chain[-1][0]) if chain else url
    is_page = response.headers.get("content-type", "").startswith("text/html")
    return Answer(response.status_code, body.decode(errors="replace"), is_page, landed)


def route_of(url: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of the page and the names of its parameters."""
    parts = urlsplit(url)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        name = parts.path
    return name, tuple(sorted({key for key, _value in parse_qsl(parts.query)}))


def is_drawn(url: str) -> bool:
    """Test if the address makes pages of a PDF: slow, and tested list by list elsewhere."""
    return "export=pdf" in url or url.endswith(("/pdf/", "/document/"))


def walk(client: Client, start: str) -> tuple[dict[str, Answer], Found]:
    """Follow every link from ``start``; return the answers by address, and the forms."""
    answers: dict[str, Answer] = {}
    forms: Found = {}
    seen: Counter[tuple[str, tuple[str, ...]]] = Counter()
    waiting = [start]
    while waiting:
        url = waiting.pop(0)
        route = route_of(url)
        if url in answers or seen[route] >= PER_ROUTE or is_drawn(url):
            continue
        seen[route] += 1
        path = url.removeprefix("http://testserver")
        answers[url] = answer = answer_of(client.get(path, follow=True), url)
        if not answer.is_page:
            continue
        assert SECRET not in answer.text, f"{url} shows another company's data"
        page = Page(answer.landed, answer.text)
        waiting += sorted(page.links)
        for form in page.forms:
            forms.setdefault((route_of(form.action)[0] + form.method, form.names), form)
    return answers, forms


def send(client: Client, form: Form, data: dict[str, list[str]]) -> Answer:
    body = urlencode(data, doseq=True, encoding="utf-8", errors="surrogatepass")
    path = form.action.removeprefix("http://testserver")
    if form.method == "post":
        return answer_of(client.post(path, body, content_type=FORM_TYPE), path)
    return answer_of(client.get(f"{path.split('?')[0]}?{body}"), path)


@pytest.fixture
def desk(tenant: Tenant, other_tenant: Tenant, members: dict[str, User]) -> dict[str, Client]:
    """A client per role, in a company that has one of everything beside another that has."""
    build_world(tenant)
    build_world(other_tenant)
    clients = {role.value: Client(raise_request_exception=False) for role in Role}
    for role, client in clients.items():
        client.force_login(members[role])
    return clients


def assert_no_dead_end(answers: dict[str, Answer]) -> None:
    bad = {url: one.status for url, one in answers.items() if one.status >= 400}
    assert bad == {}


def test_no_link_leads_nowhere(desk: dict[str, Client]) -> None:
    answers, forms = walk(desk["ADMIN"], "http://testserver/t/acme/")
    assert len(answers) > 90
    assert len(forms) > 60
    assert_no_dead_end(answers)
    pages = {url: one.text for url, one in answers.items() if one.is_page}
    heavy = {url: found for url, text in pages.items() if (found := too_heavy(text))}
    assert not {url: found for url, found in heavy.items() if route_of(url)[0] not in NOT_OURS}


@pytest.mark.parametrize("role", ["AUDITOR"])
def test_nobody_is_led_where_they_may_not_go(desk: dict[str, Client], role: str) -> None:
    assert_no_dead_end(walk(desk[role], "http://testserver/t/acme/")[0])


@pytest.mark.slow
@pytest.mark.parametrize("role", [role.value for role in Role])
def test_nobody_at_all_is_led_where_they_may_not_go(desk: dict[str, Client], role: str) -> None:
    assert_no_dead_end(walk(desk[role], "http://testserver/t/acme/")[0])


@pytest.mark.slow
def test_hostile_values_in_every_form_are_refused_or_kept_as_they_are(
    desk: dict[str, Client],
) -> None:
    _answers, forms = walk(desk["ADMIN"], "http://testserver/t/acme/")
    turn = count()
    for form in forms.values():
        post_hostile(desk["ADMIN"], form, [HOSTILE[next(turn) % len(HOSTILE)] for _ in range(EACH)])
    assert next(turn) > 2 * len(HOSTILE)


@pytest.mark.slow
@pytest.mark.parametrize("role", ["ADMIN", "BILLER"])
def test_every_hostile_value_in_every_form(desk: dict[str, Client], role: str) -> None:
    for form in walk(desk[role], "http://testserver/t/acme/")[1].values():
        post_hostile(desk[role], form, list(HOSTILE))


def post_hostile(client: Client, form: Form, values: list[str]) -> None:
    if route_of(form.action)[0] in LEAVES:
        return
    for value in values:
        for names in [form.typed, {*form.names} - {"csrfmiddlewaretoken"}]:
            if not names:
                continue
            cookies = SimpleCookie(client.cookies)  # a session that is rolled back has the old key
            with transaction.atomic():
                answer = send(client, form, form.data(**dict.fromkeys(names, value)))
                where = f"{form.method} {form.action} {sorted(names)} = {value[:40]!a}"
                assert answer.status < 500, f"{where}: {answer.status}"
                assert XSS not in answer.text, f"{where} echoes it raw"
                assert "/accounts/login/" not in answer.landed, where
                transaction.set_rollback(True)
            client.cookies = cookies


@pytest.mark.slow
def test_what_was_stored_is_shown_as_text(desk: dict[str, Client]) -> None:
    """Markup that got into names, notes and references stays text on every page and file."""
    client = desk["ADMIN"]
    _answers, forms = walk(client, "http://testserver/t/acme/")
    kept = 0
    for form in forms.values():
        texts = {name for name in form.typed if name.rpartition("-")[2] in WORDY}
        if form.method == "post" and texts and route_of(form.action)[0] not in LEAVES:
            answer = send(client, form, form.data(**dict.fromkeys(texts, XSS)))
            kept += answer.status == 302
    assert kept > 10
    answers, _forms = walk(client, "http://testserver/t/acme/")
    shown = 0
    for url, answer in answers.items():
        if answer.is_page:
            assert XSS not in answer.text, url
            shown += escape(XSS) in answer.text
    assert shown > 5

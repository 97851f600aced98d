"""Every link followed, every form posted, with the hostile list: nothing breaks or leaks.

The usual run follows the links; ``-m slow`` posts the forms, once with some hostile values each, so
that all forms together meet all of them, and once with every value in every form: as a member, as
the operator, and as nobody, who has a customer's link, an invitation and a sign-up's link.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import count
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.html import escape

from core import pdf
from core.models import Job, JobRow, Tenant, User
from core.models.job import JobState, RowState
from core.operations import invite_person
from core.operations.sign_up import sign_up
from core.roles import Role
from core.tenancy import tenant_scope
from invoices.operations.links import create_link, url_of
from invoices.operations.store_document import store_document
from tests.conftest import NOON
from tests.crawl.hostile import HOSTILE, XSS
from tests.crawl.pages import Form, Page
from tests.crawl.uploads import multipart, upload
from tests.documents.builders import L, issued
from tests.factories import CustomerFactory
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
NOBODY, OPERATOR = "NOBODY", "OPERATOR"
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
    landed = urljoin(url, chain[-1][0] if chain else response.headers.get("location", ""))
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


def walk(client: Client, *starts: str) -> tuple[dict[str, Answer], Found]:
    """Follow every link from the starts; return the answers by address, and the forms."""
    answers: dict[str, Answer] = {}
    forms: Found = {}
    seen: Counter[tuple[str, tuple[str, ...]]] = Counter()
    waiting = list(starts)
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


def send(client: Client, form: Form, data: dict[str, list[str]], text: str = "") -> Answer:
    """Send the form; its fields for files with a small one that says the text, or with none."""
    path = form.action.removeprefix("http://testserver")
    if form.method == "post" and form.files:
        files = [upload(name, accepts, text) for name, accepts in form.files.items()]
        body, kind = multipart(data, files)
        return answer_of(client.post(path, body, content_type=kind), path)
    query = urlencode(data, doseq=True, encoding="utf-8", errors="surrogatepass")
    if form.method == "post":
        return answer_of(client.post(path, query, content_type=FORM_TYPE), path)
    return answer_of(client.get(f"{path.split('?')[0]}?{query}"), path)


@pytest.fixture
def desk(tenant: Tenant, other_tenant: Tenant, members: dict[str, User]) -> dict[str, Client]:
    """A client per role, in a company that has one of everything beside another that has."""
    build_world(tenant)
    build_world(other_tenant)
    clients = {role.value: Client(raise_request_exception=False) for role in Role}
    for role, client in clients.items():
        client.force_login(members[role])
    return clients


@pytest.fixture
def starts(
    desk: dict[str, Client], tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[str]]:
    """Where each visitor begins; ``desk`` gets an operator and nobody beside the members."""
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: b"%PDF-1.4 x")
    operator = User.objects.create_user("operator@duebook.test")
    User.objects.filter(pk=operator.pk).update(is_operator=True)
    for who in (OPERATOR, NOBODY):
        desk[who] = Client(raise_request_exception=False)
    desk[OPERATOR].force_login(operator)
    now = timezone.now()
    with tenant_scope(tenant.pk):
        owner = CustomerFactory(name=XSS, currency="CNY")
        bill, old = (issued([L(XSS)], customer=owner) for _ in range(2))
        for one in (bill, old):
            store_document(one.pk, NOON)
        links = [url_of(create_link(one, at)) for one, at in ((bill, now), (old, NOON))]
        invited = invite_person(
            tenant=tenant,
            email="guest@duebook.test",
            name=XSS,
            roles=["AUDITOR"],
            at=now,
            actor=None,
        )[1]
        job = JobRow.objects.order_by("pk")[0].job_id
        JobRow.objects.filter(job=job).update(state=RowState.FAILED, message=XSS)
        Job.objects.filter(pk=job).update(state=JobState.DONE, finished_at=now)
    wish = sign_up(
        email="new@duebook.test", language="en", company_name=XSS, country="CN", currency="CNY",
        time_zone="Asia/Shanghai", document_language="en", at=now,
    )  # fmt: skip
    paths = [
        *("/accounts/login/", "/sign-up/", f"/sign-up/{wish}/", f"/join/{tenant.slug}/{invited}/"),
        *(f"/b/{link.partition('/b/')[2]}" for link in links),
        "/b/wrong-token/",
    ]
    members = {role.value: [f"/t/{tenant.slug}/"] for role in Role}
    every = {**members, OPERATOR: ["/platform/"], NOBODY: paths}
    return {who: [f"http://testserver{path}" for path in all_] for who, all_ in every.items()}


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
@pytest.mark.parametrize(("who", "least"), [(OPERATOR, 10), (NOBODY, 8)])
def test_who_is_no_member_is_led_nowhere_wrong(
    desk: dict[str, Client], starts: dict[str, list[str]], who: str, least: int
) -> None:
    first = [url for url in starts[who] if url != "http://testserver/b/wrong-token/"]
    answers, forms = walk(desk[who], *first)
    over = starts[NOBODY][-2]  # a link whose time is over says so
    assert_no_dead_end({url: one for url, one in answers.items() if url != over})
    assert len(answers) >= least
    assert len(forms) >= least // 2
    for url, answer in answers.items():
        assert XSS not in answer.text, url
    shown = [url for url, answer in answers.items() if escape(XSS) in answer.text]
    assert bool(shown) == (who == NOBODY), "an operator sees how much there is, not what it says"


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
@pytest.mark.parametrize("who", ["ADMIN", "BILLER", OPERATOR, NOBODY])
def test_every_hostile_value_in_every_form(
    desk: dict[str, Client], starts: dict[str, list[str]], who: str
) -> None:
    for form in walk(desk[who], *starts[who])[1].values():
        post_hostile(desk[who], form, list(HOSTILE), is_in=who != NOBODY)


def post_hostile(client: Client, form: Form, values: list[str], *, is_in: bool = True) -> None:
    """Send each value in what a person types, in every field, and in a file alone."""
    if route_of(form.action)[0] in LEAVES:
        return
    changes: list[Collection[str]] = [form.typed, {*form.names} - {"csrfmiddlewaretoken"}]
    for value in values:
        for names in [*filter(None, changes), *([()] if form.files else [])]:
            cookies = SimpleCookie(client.cookies)  # a session that is rolled back has the old key
            if not is_in:
                cache.clear()  # nobody waits for the next hour's attempts
            with transaction.atomic():
                answer = send(client, form, form.data(**dict.fromkeys(names, value)), value)
                where = f"{form.method} {form.action} {sorted(names)} = {value[:40]!a}"
                assert answer.status < 500, f"{where}: {answer.status}"
                assert XSS not in answer.text, f"{where} echoes it raw"
                assert not is_in or "/accounts/login/" not in answer.landed, where
                transaction.set_rollback(True)
            client.cookies = cookies


@pytest.mark.slow
@pytest.mark.parametrize(("who", "least", "seen"), [("ADMIN", 10, 5), (OPERATOR, 1, 1)])
def test_what_was_stored_is_shown_as_text(
    desk: dict[str, Client], starts: dict[str, list[str]], who: str, least: int, seen: int
) -> None:
    """Markup that got into names, notes, files and references stays text, whoever looks."""
    client = desk[who]
    kept = 0
    for form in walk(client, *starts[who])[1].values():
        texts = {name for name in form.typed if name.rpartition("-")[2] in WORDY}
        if form.method != "post" or route_of(form.action)[0] in LEAVES:
            continue
        for names in [*filter(None, [texts]), *([()] if form.files else [])]:
            said = "" if names else XSS  # a note is kept without its file, if that is refused
            answer = send(client, form, form.data(**dict.fromkeys(names, XSS)), said)
            kept += answer.status == 302
    assert kept >= least
    shown = 0
    for visitor in dict.fromkeys((who, "ADMIN", OPERATOR, NOBODY)):
        for url, answer in walk(desk[visitor], *starts[visitor])[0].items():
            if answer.is_page:
                assert XSS not in answer.text, f"{visitor}: {url}"
                shown += visitor == who and escape(XSS) in answer.text
    assert shown >= seen

"""A form sent after the session ended waits behind the sign-in, for its sender alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from core.kept_forms import MOST
from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.customers.pages import form_of, text

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
NEW = "/t/acme/customers/new/"
NAME = "江南贸易 <b>&amp;</b>"
NOTE = "\nline one\r\nline two"


@pytest.fixture
def people(tenant: Tenant) -> list[User]:
    found = []
    for name in ("lina", "wang"):
        person = User.objects.create_user(f"{name}@acme.test", PASSWORD, name=name)
        Membership.objects.create(tenant=tenant, user=person, roles=[Role.ADMIN])
        found.append(person)
    return found


def sign_in(client: Client, person: User, **query: str) -> str:
    data = {"login": person.email, "password": PASSWORD, **query}
    return client.post("/accounts/login/", data).headers.get("Location", "")


def typed(client: Client) -> dict[str, Any]:
    """Return the form of a new customer as somebody has filled it in."""
    fields = {name: value[-1] for name, value in form_of(client.get(NEW)).items()}
    fields = {
        name: value
        for name, value in fields.items()
        if name != "csrfmiddlewaretoken" and not name.startswith("contacts-0")
    }
    nobody = {"contacts-TOTAL_FORMS": "0"}
    return fields | nobody | {"name": NAME, "note": NOTE, "country": "CN"}


def ended(client: Client) -> None:
    """End the session as time does: the browser keeps its other cookies."""
    client.session.flush()
    client.cookies.pop("session")


def test_what_was_typed_is_sent_after_signing_in_again(people: list[User], tenant: Tenant) -> None:
    client = Client()
    sign_in(client, people[0])
    form = typed(client)
    ended(client)
    answer = client.post(NEW, form)
    assert answer.headers["Location"] == "/accounts/login/?next=/kept-form/"
    with tenant_scope(tenant.pk):
        assert not Customer.objects.exists()

    assert sign_in(client, people[0], next="/kept-form/") == "/kept-form/"
    page = client.get("/kept-form/").content.decode()
    assert "江南贸易 &lt;b&gt;&amp;amp;&lt;/b&gt;" in page
    kept = dict(client.session["kept_form"]["fields"])
    assert kept == form

    sent = client.post("/kept-form/?send=1", kept)
    assert (sent.status_code, sent.headers["Location"]) == (307, NEW)
    done = client.post(NEW, kept)
    assert done.status_code == 302, text(done)
    with tenant_scope(tenant.pk):
        assert Customer.objects.get().name == NAME
    assert client.get("/kept-form/").status_code == 302  # once


def test_nobody_else_sees_it_and_it_can_be_thrown_away(people: list[User]) -> None:
    client = Client()
    sign_in(client, people[0])
    ended(client)
    client.post(NEW, {"name": NAME})
    sign_in(client, people[1])
    assert client.get("/kept-form/").status_code == 302
    assert client.post("/kept-form/?send=1").headers["Location"] == "/"

    ended(client)
    client.post(NEW, {"name": NAME})  # of the second, who signed in last
    sign_in(client, people[1])
    assert client.get("/kept-form/").status_code == 200
    assert client.post("/kept-form/?drop=1").headers["Location"] == "/"
    assert client.get("/kept-form/").status_code == 302


@pytest.mark.parametrize(
    "extra",
    [
        {"headers": {"Sec-Fetch-Dest": "empty"}},  # a script's request, which says so itself
        {"headers": {"HX-Request": "true"}},
        {"data": {"note": "x" * MOST}},
    ],
)
def test_what_is_not_kept(people: list[User], extra: dict[str, Any]) -> None:
    client = Client()
    sign_in(client, people[0])
    ended(client)
    client.post(NEW, extra.get("data", {"name": NAME}), headers=extra.get("headers"))
    assert "kept_form" not in client.session


def test_a_browser_nobody_signed_in_from_keeps_nothing(people: list[User]) -> None:
    client = Client()
    answer = client.post(NEW, {"name": NAME})
    assert answer.headers["Location"] == f"/accounts/login/?next={NEW}"
    assert SESSION_KEY not in client.session
    assert "kept_form" not in client.session


def test_a_forged_form_is_refused_before(people: list[User]) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(NEW, {"name": NAME}).status_code == 403
    assert "kept_form" not in client.session

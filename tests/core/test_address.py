"""Signing in with another address: asked for freshly, proven by its mail, told to the old one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.masks import mask
from core.models import AddressChange, AuditEntry, Membership, Tenant, User
from core.operations.address import forget_wishes
from core.tasks import forget_old_sign_ups
from core.tenancy import tenant_scope

WORD = "correct horse battery"
NEW = "li@new.test"


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> None:
    cache.clear()


@pytest.fixture
def person(tenant: Tenant, other_tenant: Tenant) -> User:
    user = User.objects.create_user("lina@acme.test", WORD, name="Li Na")
    for one in (tenant, other_tenant):
        Membership.objects.create(tenant=one, user=user, roles=["BILLER"])
    return user


def sign_in(email: str = "lina@acme.test") -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": WORD})
    return client


@pytest.fixture
def desk(person: User, django_capture_on_commit_callbacks: Any) -> Any:
    """Return a browser of the person; notices leave with what it posts."""
    client = sign_in()

    def post(path: str, data: dict[str, str] | None = None) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(path, data or {})

    client.tell = post  # type: ignore[attr-defined]
    return client


def link_in(mails: list[Any]) -> str:
    [link] = [
        found[0] for mail in mails if (found := re.search(r"/profile/address/[^/\s]+/", mail.body))
    ]
    return str(link)


def test_asking_and_looking_change_nothing_and_the_old_address_is_told(
    desk: Any, person: User, mailoutbox: list[Any]
) -> None:
    answer = desk.tell("/profile/address/", {"email": "Li@New.test"})
    assert answer["Location"] == "/profile/address/"
    assert NEW in desk.get("/profile/address/").content.decode()
    person.refresh_from_db()
    assert person.email == "lina@acme.test"
    by_address = {mail.to[0].lower(): mail for mail in mailoutbox}
    assert set(by_address) == {"lina@acme.test", NEW}
    link = link_in(mailoutbox)
    assert "/profile/address/" not in by_address["lina@acme.test"].body

    page = desk.get(link).content.decode()
    assert "lina@acme.test" in page
    assert NEW in page
    person.refresh_from_db()
    assert person.email == "lina@acme.test"  # looking changes nothing


def test_the_link_in_the_new_mailbox_changes_it(
    desk: Any, person: User, mailoutbox: list[Any]
) -> None:
    desk.tell("/profile/address/", {"email": NEW})
    link = link_in(mailoutbox)
    mailoutbox.clear()
    other, before = sign_in(), desk.session.session_key
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    assert desk.tell(link)["Location"] == "/profile/"
    person.refresh_from_db()
    assert person.email == NEW
    [notice] = mailoutbox
    assert notice.to == ["lina@acme.test"]
    assert "changed" in notice.subject
    assert NEW not in notice.body
    assert other.get("/profile/").status_code == 302  # signed out
    assert desk.get("/profile/").status_code == 200
    assert desk.session.session_key != before
    assert not EmailAddress.objects.filter(user=person).exists()
    for one in person.memberships.all():
        with tenant_scope(one.tenant_id):
            entry = AuditEntry.objects.get(event="person.address_changed")
            assert entry.changes == {"email": ["lina@acme.test", NEW]}
    assert desk.get(link).status_code == 410
    assert desk.post(link).status_code == 410
    assert "_auth_user_id" not in sign_in("lina@acme.test").session
    assert "_auth_user_id" in sign_in(NEW).session


class TestHostile16:
    """Hostile input 16: a fresh sign-in, a notice to the old address; and of 12, nothing told."""

    def test_a_sign_in_of_long_ago_is_not_enough(self, desk: Any, mailoutbox: list[Any]) -> None:
        with time_machine.travel(timezone.now() + timedelta(minutes=6)):
            for answer in (
                desk.get("/profile/address/"),
                desk.tell("/profile/address/", {"email": NEW}),
            ):
                assert answer.status_code == 302
                assert "/accounts/confirm/" in answer["Location"]
        assert not AddressChange.objects.exists()
        assert mailoutbox == []

    def test_a_taken_address_is_not_told(
        self, desk: Any, person: User, mailoutbox: list[Any]
    ) -> None:
        User.objects.create_user("taken@new.test", WORD)
        answers = []
        with time_machine.travel(timezone.now(), tick=False):  # the page tells until when
            for email in ("TAKEN@new.test", "free1@new.test"):
                desk.tell("/profile/address/", {"email": email})
                text = desk.get("/profile/address/").content.decode()
                alike = r"(?i)(taken|free1)@new\.test|[A-Za-z0-9]{64}|[0-9a-f-]{32,36}"
                answers.append(re.sub(alike, "", text))
        assert answers[0] == answers[1]
        to = [mail.to[0].lower() for mail in mailoutbox]
        assert to == ["taken@new.test", "lina@acme.test", "free1@new.test", "lina@acme.test"]
        assert "/profile/address/" not in mailoutbox[0].body
        assert "already" in mailoutbox[0].subject
        assert mailoutbox[1].body.split("When")[0] == mailoutbox[3].body.split("When")[0]

    def test_an_address_that_was_taken_meanwhile(
        self, desk: Any, person: User, mailoutbox: list[Any]
    ) -> None:
        desk.tell("/profile/address/", {"email": NEW})
        User.objects.create_user(NEW, WORD)
        assert desk.tell(link_in(mailoutbox)).status_code == 410
        person.refresh_from_db()
        assert person.email == "lina@acme.test"

    def test_another_person_cannot_use_the_link(
        self, desk: Any, person: User, mailoutbox: list[Any], members: Any
    ) -> None:
        desk.tell("/profile/address/", {"email": NEW})
        link = link_in(mailoutbox)
        client = Client()
        assert client.get(link)["Location"].startswith(reverse("account_login"))
        client.force_login(members["STRANGER"])
        assert client.get(link).status_code == 410
        assert client.post(link).status_code == 410
        assert User.objects.filter(email="stranger@rival.test").exists()

    def test_a_link_ends_after_a_day_and_with_a_newer_one(
        self, desk: Any, mailoutbox: list[Any], person: User
    ) -> None:
        desk.tell("/profile/address/", {"email": NEW})
        first = link_in(mailoutbox)
        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            client = Client()
            client.force_login(person)
            assert client.post(first).status_code == 410
        mailoutbox.clear()
        desk.tell("/profile/address/", {"email": NEW})
        assert desk.get(first).status_code == 410
        assert desk.get(link_in(mailoutbox)).status_code == 200
        forget_old_sign_ups()
        assert AddressChange.objects.count() == 1
        assert forget_wishes(at=timezone.now() + timedelta(hours=25)) == 1

    def test_a_new_password_ends_it(self, desk: Any, person: User, mailoutbox: list[Any]) -> None:
        desk.tell("/profile/address/", {"email": NEW})
        link = link_in(mailoutbox)
        person.set_password("another horse battery")
        person.save()
        client = Client()
        client.force_login(person)
        assert client.post(link).status_code == 410

    def test_another_site_s_form_changes_nothing(
        self, desk: Any, person: User, mailoutbox: list[Any]
    ) -> None:
        """Hostile input 18."""
        desk.tell("/profile/address/", {"email": NEW})
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(person)
        for path in ("/profile/address/", link_in(mailoutbox)):
            assert strict.post(path, {"email": "x@evil.test"}).status_code == 403
        person.refresh_from_db()
        assert person.email == "lina@acme.test"

    def test_its_secret_stays_out_of_logs(self, desk: Any, mailoutbox: list[Any]) -> None:
        desk.tell("/profile/address/", {"email": NEW})
        link = link_in(mailoutbox)
        assert link.split("/")[3] not in mask(f"Gone: {link}")
        assert link.split("/")[3] not in str(AddressChange.objects.values().get())


@pytest.mark.parametrize("email", ["", "nobody", "LINA@acme.test", "a\x00b@acme.test"])
def test_what_cannot_be_is_said_at_the_field(desk: Any, email: str, mailoutbox: list[Any]) -> None:
    answer = desk.post("/profile/address/", {"email": email})
    assert answer.status_code == 422
    assert answer.context["form"].errors["email"]
    assert mailoutbox == []


def test_tries_are_limited(desk: Any, mailoutbox: list[Any]) -> None:
    for number in range(6):
        answer = desk.post("/profile/address/", {"email": f"n{number}@new.test"})
    assert answer.status_code == 422
    assert len(mailoutbox) == 5

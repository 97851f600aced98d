"""An invitation: for its address and its company, once, for a week; nothing by looking."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from core.masks import mask
from core.models import AuditEntry, Invitation, Membership, Tenant, User
from core.operations import AlreadyInvited, AlreadyMember, invite_person, renew_invitation
from core.operations.invitations import LASTS, TooManyInvited
from core.tenancy import tenant_scope
from tests.conftest import NOON

PEOPLE = "/t/acme/settings/people/"
WORD = "correct horse battery"
CLEAN = "/join/acme/"
ACCOUNT = {"name": "Li Na", "password": WORD}


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> None:
    cache.clear()


@pytest.fixture
def admin(members: dict[str, User]) -> Client:
    client = Client()
    client.force_login(members["ADMIN"])
    return client


def link_of(mail: Any) -> str:
    [link] = re.findall(r"/join/[^/\s]+/[^/\s]+/", mail.body)
    return str(link)


def invite(admin: Client, outbox: list[Any], email: str = "new@acme.test", **more: Any) -> str:
    """Invite by the page and return the link of the mail."""
    data = {"email": email, "roles": ["BILLER"]} | more
    assert admin.post(f"{PEOPLE}new/", data).status_code == 302
    return link_of(outbox[-1])


def opened(link: str, person: User | None = None) -> Client:
    """Return a browser that came by the link."""
    client = Client()
    if person:
        client.force_login(person)
    answer = client.get(link)
    assert answer["Location"] == CLEAN
    return client


def is_over(answer: Any) -> bool:
    return bool(answer.status_code == 410 and "This invitation is over" in answer.content.decode())


class TestNewPerson:
    def test_sets_name_and_password_and_is_in(
        self, admin: Client, tenant: Tenant, mailoutbox: list[Any]
    ) -> None:
        link = invite(admin, mailoutbox, "Li.Na@Acme.test", name="Na", data_scope="OWN")
        [mail] = mailoutbox
        assert mail.to == ["li.na@acme.test"]
        assert "admin@acme.test invites you to the billing of Acme" in mail.body
        assert "Biller" in mail.body
        assert not User.objects.filter(email="li.na@acme.test").exists()

        client = opened(link)
        page = client.get(CLEAN).content.decode()
        for word in ("Acme", "admin@acme.test", "li.na@acme.test", "Biller", "Own customers only"):
            assert word in page
        assert 'value="Na"' in page
        assert not Membership.objects.filter(user__email="li.na@acme.test").exists()

        done = client.post(CLEAN, ACCOUNT)
        assert (done.status_code, done["Location"]) == (302, "/t/acme/")
        user = User.objects.get(email="li.na@acme.test")
        assert user.check_password(WORD)
        assert user.name == "Li Na"
        place = Membership.objects.get(user=user)
        assert (place.tenant, place.roles, place.data_scope) == (tenant, ["BILLER"], "OWN")
        assert client.get("/t/acme/").status_code == 200
        with tenant_scope(tenant.pk):
            assert not Invitation.objects.exists()
            events = [(one.event, one.actor) for one in AuditEntry.objects.order_by("pk")]
        assert events == [
            ("person.invited", User.objects.get(email="admin@acme.test")),
            ("person.joined", user),
        ]

    @pytest.mark.parametrize(
        ("field", "value"), [("name", ""), ("password", "short"), ("password", "new@acme.test")]
    )
    def test_is_told_at_the_field(
        self, admin: Client, mailoutbox: list[Any], field: str, value: str
    ) -> None:
        client = opened(invite(admin, mailoutbox))
        answer = client.post(CLEAN, ACCOUNT | {field: value})
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert not User.objects.filter(email="new@acme.test").exists()

    def test_with_an_account_nobody_set_a_password_for(
        self, admin: Client, mailoutbox: list[Any]
    ) -> None:
        User.objects.create_user("new@acme.test")
        client = opened(invite(admin, mailoutbox))
        assert client.post(CLEAN, ACCOUNT)["Location"] == "/t/acme/"
        assert User.objects.get(email="new@acme.test").check_password(WORD)


class TestKnownPerson:
    def test_signs_in_and_accepts(
        self, admin: Client, members: dict[str, User], mailoutbox: list[Any]
    ) -> None:
        stranger = members["STRANGER"]
        stranger.set_password(WORD)
        stranger.save()
        client = opened(invite(admin, mailoutbox, "stranger@rival.test"))
        page = client.get(CLEAN).content.decode()
        assert "/accounts/login/?next=%2Fjoin%2Facme%2F" in page
        assert 'name="password"' not in page
        assert client.post(CLEAN, ACCOUNT).status_code == 403
        stranger.refresh_from_db()
        assert stranger.check_password(WORD)

        entered = client.post(
            "/accounts/login/?next=/join/acme/", {"login": stranger.email, "password": WORD}
        )
        assert entered["Location"] == CLEAN
        assert client.get("/t/acme/").status_code == 404
        assert client.post(CLEAN)["Location"] == "/t/acme/"
        assert client.get("/t/acme/").status_code == 200
        places = Membership.objects.filter(user=stranger).order_by("tenant__slug")
        assert [(one.tenant.slug, one.roles) for one in places] == [
            ("acme", ["BILLER"]),
            ("rival", ["ADMIN"]),
        ]

    def test_an_admin_does_not_learn_who_has_an_account(
        self, admin: Client, members: dict[str, User], mailoutbox: list[Any]
    ) -> None:
        answers = []
        for email in ("stranger@rival.test", "nobody@rival.test"):
            answer = admin.post(f"{PEOPLE}new/", {"email": email, "roles": ["BILLER"]}, follow=True)
            text = answer.content.decode()
            assert f"An invitation was sent to {email}." in text
            answers.append(text.count("Invited"))
        assert answers[1] == answers[0] + 1


class TestHostile10:
    """Hostile input 10: an invitation is bound to the address and the company."""

    def test_another_person_cannot_take_it(
        self, admin: Client, members: dict[str, User], mailoutbox: list[Any]
    ) -> None:
        link = invite(admin, mailoutbox)
        other = members["STRANGER"]
        client = opened(link, other)
        page = client.get(CLEAN)
        assert page.status_code == 200
        assert "You are signed in as stranger@rival.test" in page.content.decode()
        assert 'name="password"' not in page.content.decode()
        assert client.post(CLEAN, ACCOUNT).status_code == 403
        assert not Membership.objects.filter(user=other, tenant__slug="acme").exists()
        assert not User.objects.filter(email="new@acme.test").exists()
        # The way out: signed out, the same browser goes on as the invited person.
        out = client.post("/accounts/logout/", {"next": CLEAN})
        assert out["Location"] == CLEAN
        assert client.post(CLEAN, ACCOUNT)["Location"] == "/t/acme/"
        assert Membership.objects.get(user__email="new@acme.test").tenant.slug == "acme"

    def test_its_secret_opens_no_other_company(
        self, admin: Client, members: dict[str, User], mailoutbox: list[Any]
    ) -> None:
        token = invite(admin, mailoutbox).split("/")[3]
        client = Client()
        client.get(f"/join/rival/{token}/")
        assert is_over(client.get("/join/rival/"))
        assert is_over(client.post("/join/rival/", ACCOUNT))
        assert not User.objects.filter(email="new@acme.test").exists()

    def test_the_same_address_in_two_companies_has_two_invitations(
        self, admin: Client, members: dict[str, User], mailoutbox: list[Any]
    ) -> None:
        ours = invite(admin, mailoutbox)
        theirs = Client()
        theirs.force_login(members["STRANGER"])
        theirs.post(
            "/t/rival/settings/people/new/", {"email": "new@acme.test", "roles": ["AUDITOR"]}
        )
        client = opened(ours)
        client.post(CLEAN, ACCOUNT)
        places = Membership.objects.filter(user__email="new@acme.test")
        assert [(one.tenant.slug, one.roles) for one in places.all()] == [("acme", ["BILLER"])]
        client.get(link_of(mailoutbox[1]))
        assert client.post("/join/rival/")["Location"] == "/t/rival/"
        assert places.count() == 2


class TestLink:
    def test_looking_takes_nothing(
        self, admin: Client, tenant: Tenant, mailoutbox: list[Any]
    ) -> None:
        link = invite(admin, mailoutbox)
        for _try in range(2):
            client = opened(link)
            assert client.get(CLEAN).status_code == 200
            assert client.head(CLEAN).status_code == 200
        assert Client().post(link).status_code == 405
        assert not User.objects.filter(email="new@acme.test").exists()
        with tenant_scope(tenant.pk):
            assert Invitation.objects.count() == 1

    def test_is_good_once(self, admin: Client, mailoutbox: list[Any]) -> None:
        link = invite(admin, mailoutbox)
        opened(link).post(CLEAN, ACCOUNT)
        assert is_over(opened(link).get(CLEAN))
        assert is_over(opened(link).post(CLEAN, ACCOUNT | {"password": "another horse battery"}))
        assert User.objects.get(email="new@acme.test").check_password(WORD)

    def test_ends_after_seven_days(
        self, admin: Client, tenant: Tenant, mailoutbox: list[Any]
    ) -> None:
        link = invite(admin, mailoutbox)
        with time_machine.travel(timezone.now() + LASTS - timedelta(minutes=1)):
            assert opened(link).get(CLEAN).status_code == 200
        with time_machine.travel(timezone.now() + LASTS + timedelta(minutes=1)):
            assert is_over(opened(link).get(CLEAN))
            assert is_over(opened(link).post(CLEAN, ACCOUNT))
            admin.force_login(User.objects.get(email="admin@acme.test"))
            assert "Expired" in admin.get(PEOPLE).content.decode()
            with tenant_scope(tenant.pk):
                pk = Invitation.objects.get().pk
            admin.post(f"{PEOPLE}invited/{pk}/send/")
            assert is_over(opened(link).get(CLEAN))
            assert opened(link_of(mailoutbox[-1])).get(CLEAN).status_code == 200

    def test_ends_when_it_is_sent_again_or_withdrawn(
        self, admin: Client, tenant: Tenant, mailoutbox: list[Any]
    ) -> None:
        first = invite(admin, mailoutbox)
        with tenant_scope(tenant.pk):
            pk = Invitation.objects.get().pk
        page = admin.post(f"{PEOPLE}invited/{pk}/send/", follow=True).content.decode()
        second = link_of(mailoutbox[-1])
        assert second.split("/")[3] not in page
        assert is_over(opened(first).get(CLEAN))
        late = opened(second)
        assert late.get(CLEAN).status_code == 200
        admin.post(f"{PEOPLE}invited/{pk}/withdraw/")
        assert is_over(late.get(CLEAN))
        assert is_over(late.post(CLEAN, ACCOUNT))
        assert admin.post(f"{PEOPLE}invited/{pk}/send/").status_code == 404
        assert not User.objects.filter(email="new@acme.test").exists()
        history = admin.get("/t/acme/settings/history/").content.decode()
        for word in ("Person invited", "Invitation sent again", "Invitation withdrawn"):
            assert word in history

    def test_every_link_that_is_over_gets_one_answer(
        self, admin: Client, tenant: Tenant, mailoutbox: list[Any]
    ) -> None:
        link = invite(admin, mailoutbox)
        Tenant.objects.filter(pk=tenant.pk).update(status="SUSPENDED")
        found = set()
        for path in (link, "/join/acme/made-up/", "/join/nowhere/made-up/"):
            client = Client()
            answer = client.get(path, follow=True)
            assert answer.status_code == 410
            strip = r"[A-Za-z0-9]{64}|[0-9a-f-]{32,36}|/join/[a-z]+/"
            found.add(re.sub(strip, "", answer.content.decode()))
        assert len(found) == 1
        assert is_over(Client().get(CLEAN))

    def test_stays_out_of_logs_referrers_and_caches(
        self, admin: Client, mailoutbox: list[Any], tenant: Tenant
    ) -> None:
        link = invite(admin, mailoutbox)
        token = link.split("/")[3]
        assert token not in mask(f"Gone: {link}")
        with tenant_scope(tenant.pk):
            assert token not in str(Invitation.objects.values().get())
        client = Client()
        traded = client.get(link)
        assert traded["Referrer-Policy"] == "no-referrer"
        assert "no-store" in traded["Cache-Control"]
        cookie = client.cookies["invitation"]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (CLEAN, True, "Lax")
        page = client.get(CLEAN)
        assert token not in page.content.decode()
        assert page["Referrer-Policy"] == "same-origin"
        assert "no-store" in page["Cache-Control"]

    def test_another_site_s_form_accepts_nothing(
        self, admin: Client, members: dict[str, User], mailoutbox: list[Any]
    ) -> None:
        """Hostile input 18."""
        link = invite(admin, mailoutbox, "stranger@rival.test")
        client = Client(enforce_csrf_checks=True)
        client.force_login(members["STRANGER"])
        client.get(link)
        assert client.post(CLEAN).status_code == 403
        assert members["STRANGER"].memberships.count() == 1


class TestInviting:
    def test_refuses_who_is_here_or_invited(self, in_tenant: Tenant, members: Any) -> None:
        def ask(email: str) -> None:
            invite_person(tenant=in_tenant, email=email, roles=["BILLER"], at=NOON, actor=None)

        with pytest.raises(AlreadyMember):
            ask("BILLER@acme.test")
        ask("New@acme.test")
        with pytest.raises(AlreadyInvited):
            ask("new@ACME.test")

    def test_has_an_end(
        self, in_tenant: Tenant, monkeypatch: pytest.MonkeyPatch, admin: Client
    ) -> None:
        monkeypatch.setattr("core.operations.invitations.MOST_OPEN", 1)
        for email in ("a@acme.test", "b@acme.test"):
            answer = admin.post(f"{PEOPLE}new/", {"email": email, "roles": ["BILLER"]})
        assert answer.status_code == 422
        with pytest.raises(TooManyInvited):
            invite_person(tenant=in_tenant, email="c@x.test", roles=["BILLER"], at=NOON, actor=None)

    def test_mails_an_address_a_few_times_an_hour(
        self, admin: Client, tenant: Tenant, mailoutbox: list[Any]
    ) -> None:
        invite(admin, mailoutbox)
        with tenant_scope(tenant.pk):
            pk = Invitation.objects.get().pk
        for _try in range(6):
            page = admin.post(f"{PEOPLE}invited/{pk}/send/", follow=True).content.decode()
        assert "Too many invitations" in page
        assert len(mailoutbox) == 5
        assert opened(link_of(mailoutbox[-1])).get(CLEAN).status_code == 200

    def test_tells_of_a_mail_that_does_not_leave(
        self, admin: Client, monkeypatch: pytest.MonkeyPatch, tenant: Tenant
    ) -> None:
        def refuse(*args: Any, **kwargs: Any) -> None:
            raise OSError

        monkeypatch.setattr("core.invitations.send_mail", refuse)
        answer = admin.post(
            f"{PEOPLE}new/", {"email": "n@acme.test", "roles": ["CASHIER"]}, follow=True
        )
        assert "could not be sent" in answer.content.decode()
        with tenant_scope(tenant.pk):
            assert Invitation.objects.filter(email="n@acme.test").exists()

    def test_a_renewed_one_lasts_a_week_from_then(self, in_tenant: Tenant) -> None:
        made, first = invite_person(
            tenant=in_tenant, email="n@x.test", roles=["BILLER"], at=NOON, actor=None
        )
        later = NOON + timedelta(days=3)
        renewed, second = renew_invitation(invitation=made, at=later, actor=None)
        assert renewed.expires_at == later + LASTS
        assert first != second

    def test_of_another_company_is_not_there(
        self, admin: Client, other_tenant: Tenant, mailoutbox: list[Any]
    ) -> None:
        with tenant_scope(other_tenant.pk):
            theirs, _token = invite_person(
                tenant=other_tenant, email="n@x.test", roles=["BILLER"], at=NOON, actor=None
            )
        for act in ("send", "withdraw"):
            assert admin.post(f"{PEOPLE}invited/{theirs.pk}/{act}/").status_code == 404
        assert "n@x.test" not in admin.get(PEOPLE).content.decode()
        assert mailoutbox == []

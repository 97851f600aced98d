"""Signing in against hostile input, and the list of sessions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.browsers import browser_in_words, shortened
from core.models import Membership, Tenant, User
from core.operations import add_person
from core.operations.people import set_password_path
from core.tenancy import tenant_scope

PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> None:
    cache.clear()


@pytest.fixture
def person(tenant: Tenant) -> User:
    user = User.objects.create_user("lina@acme.test", PASSWORD, name="Li Na")
    Membership.objects.create(tenant=tenant, user=user, roles=["ADMIN"])
    return user


def sign_in(client: Client, email: str = "lina@acme.test", **extra: Any) -> Any:
    data = {"login": email, "password": PASSWORD}
    return client.post(reverse("account_login"), data, **extra)


class TestRefusals:
    def test_say_the_same_for_every_reason(self, person: User) -> None:
        off = User.objects.create_user("off@acme.test", PASSWORD, is_active=False)
        User.objects.create_user("new@acme.test")  # has not set a password yet
        answers = []
        for email, password in (
            ("nobody@acme.test", PASSWORD),
            (person.email, "wrong horse battery"),
            (off.email, PASSWORD),
            (off.email, "wrong horse battery"),
            ("new@acme.test", PASSWORD),
        ):
            client = Client()
            answer = client.post(reverse("account_login"), {"login": email, "password": password})
            text = re.sub(r'value="[^"]*"', "", answer.content.decode())
            answers.append((answer.status_code, text))
            assert "_auth_user_id" not in client.session
        assert len(set(answers)) == 1
        assert "The e-mail address or the password is not right." in answers[0][1]

    def test_cost_a_password_hash_each(self, person: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """What takes the time is the hash; it is computed once whether the person exists or not."""
        User.objects.create_user("new@acme.test")
        calls: list[str] = []
        from core.hashers import Argon2Hasher  # noqa: PLC0415 - patched below

        encode, verify = Argon2Hasher.encode, Argon2Hasher.verify

        def counted_encode(self: Any, *args: Any, **kwargs: Any) -> Any:
            calls.append("hash")
            return encode(self, *args, **kwargs)

        def counted_verify(self: Any, *args: Any, **kwargs: Any) -> Any:
            calls.append("hash")
            return verify(self, *args, **kwargs)

        monkeypatch.setattr(Argon2Hasher, "encode", counted_encode)
        monkeypatch.setattr(Argon2Hasher, "verify", counted_verify)
        for email in ("nobody@acme.test", person.email, "new@acme.test"):
            calls.clear()
            data = {"login": email, "password": "wrong horse battery"}
            Client().post(reverse("account_login"), data)
            assert len(calls) == 1, email

    def test_come_to_an_end_after_some_tries(self, person: User) -> None:
        client = Client()
        for _try in range(5):
            client.post(reverse("account_login"), {"login": person.email, "password": "x"})
        assert "Too many tries" in sign_in(client).content.decode()
        assert "_auth_user_id" not in client.session


class TestSession:
    def test_its_key_changes_at_sign_in_and_at_a_step_up(self, person: User) -> None:
        client = Client()
        session = client.session
        session["planted"] = 1
        session.save()
        client.cookies["session"] = planted = session.session_key
        sign_in(client)
        signed_in = client.session.session_key
        assert signed_in != planted
        assert not client.session.exists(planted)
        with time_machine.travel(timezone.now() + timedelta(minutes=6)):
            client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        assert client.session.session_key != signed_in
        assert not client.session.exists(signed_in)
        assert UserSession.objects.get().session_key == client.session.session_key

    def test_a_wrong_password_confirms_nothing(self, person: User) -> None:
        client = Client()
        sign_in(client)
        before = client.session.session_key
        with time_machine.travel(timezone.now() + timedelta(minutes=6)):
            answer = client.post(reverse("account_reauthenticate"), {"password": "no"})
            assert answer.status_code == 422
            answer = client.get(reverse("mfa_activate_totp"))
            assert answer.status_code == 302
        assert client.session.session_key == before

    def test_ends_with_the_next_request_of_a_deactivated_person(self, person: User) -> None:
        client = Client()
        sign_in(client)
        assert client.get("/t/acme/").status_code == 200
        User.objects.filter(pk=person.pk).update(is_active=False)
        for url in ("/t/acme/", reverse("profile"), reverse("mfa_index")):
            answer = client.get(url)
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("account_login"))

    def test_the_others_end_with_a_new_password(
        self, person: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        client, other = Client(), Client()
        sign_in(client)
        sign_in(other)
        new = "another horse battery"
        data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("account_change_password"), data)
        assert client.get("/t/acme/").status_code == 200
        assert other.get("/t/acme/").status_code == 302
        [notice] = mail.outbox
        assert (notice.to, notice.subject) == (
            ["lina@acme.test"], "Duebook: your password was changed",
        )  # fmt: skip

    def test_a_mail_server_that_is_down_stops_no_change(
        self, settings: Any, person: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        settings.EMAIL_BACKEND = "nowhere.Backend"
        client = Client()
        sign_in(client)
        new = "another horse battery"
        data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(reverse("account_change_password"), data).status_code == 302
        person.refresh_from_db()
        assert person.check_password(new)


class TestListOfSessions:
    def test_shows_and_ends_them(self, person: User) -> None:
        client, other, third = Client(), Client(), Client()
        sign_in(client)
        sign_in(other, headers={"user-agent": FIREFOX}, REMOTE_ADDR="203.0.113.77")
        sign_in(third)
        page = client.get(reverse("usersessions_list"))
        text = page.content.decode()
        assert "Firefox on Windows" in text
        assert "203.0.*.*" in text
        assert "203.0.113.77" not in text
        assert page.context["places"][0].is_this
        assert not any(key in text for key in (other.session.session_key,))
        [row] = [one for one in page.context["places"] if one.browser == "Firefox on Windows"]
        client.post(reverse("usersessions_end", args=[row.pk]))
        assert other.get("/t/acme/").status_code == 302
        assert third.get("/t/acme/").status_code == 200
        client.post(reverse("usersessions_end_others"))
        assert third.get("/t/acme/").status_code == 302
        assert client.get("/t/acme/").status_code == 200

    def test_nobody_ends_those_of_others(self, person: User, members: dict[str, User]) -> None:
        victim = Client()
        sign_in(victim)
        pk = UserSession.objects.get().pk
        client = Client()
        client.force_login(members["ADMIN"])
        assert client.post(reverse("usersessions_end", args=[pk])).status_code == 404
        assert victim.get("/t/acme/").status_code == 200
        assert client.get(reverse("usersessions_end", args=[pk])).status_code == 405

    def test_notes_when_one_was_seen(self, person: User) -> None:
        client = Client()
        sign_in(client)
        before = UserSession.objects.get().last_seen_at
        cache.clear()
        client.get("/t/acme/")
        assert UserSession.objects.get().last_seen_at > before

    def test_a_page_does_not_fail_by_the_cache(
        self, person: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = Client()
        sign_in(client)

        def down(*_args: Any, **_kwargs: Any) -> None:
            raise ConnectionError

        monkeypatch.setattr("core.sign_in.cache.add", down)
        assert client.get(reverse("profile")).status_code == 200

    @pytest.mark.parametrize(
        ("agent", "words"),
        [
            (FIREFOX, "Firefox on Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Linux",
            ),
            ("curl/8.5.0", "curl"),
            ("<script>alert(1)</script>", "Unknown browser"),
            ("", "Unknown browser"),
        ],
    )
    def test_says_browsers_in_words(self, agent: str, words: str) -> None:
        assert browser_in_words(agent) == words

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("203.0.113.77", "203.0.*.*"),
            ("2001:db8:1:2::7", "2001:0db8:0001:*"),
            ("127.0.0.1", "This machine"),
            ("nonsense", ""),
        ],
    )
    def test_shortens_addresses(self, address: str, words: str) -> None:
        assert shortened(address) == words


class TestForgery:
    @pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test", "127.0.0.1@evil.test"])
    def test_another_host_is_refused(
        self, client: Client, settings: Any, db: None, host: str
    ) -> None:
        settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
        assert client.get(reverse("account_login"), headers={"host": host}).status_code == 400

    def test_a_forged_forwarded_host_is_in_no_mail(
        self, client: Client, person: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            client.post(
                reverse("account_reset_password"),
                {"email": person.email},
                headers={"x-forwarded-host": "evil.test"},
            )
        assert "evil.test" not in str(mail.outbox[0].body)

    def test_a_forged_address_is_not_believed(self, person: User) -> None:
        client = Client()
        sign_in(client, headers={"x-forwarded-for": "198.51.100.9"}, REMOTE_ADDR="203.0.113.5")
        assert UserSession.objects.get().ip == "203.0.113.5"

    @pytest.mark.parametrize(
        "target",
        [
            "//evil.test/",
            "https://evil.test/",
            "javascript:alert(1)",
            "/\\evil.test",
            "\t//evil.test",
        ],
    )
    @pytest.mark.parametrize("page", ["account_login", "account_reauthenticate"])
    def test_leads_to_our_own_pages_only(self, person: User, page: str, target: str) -> None:
        client = Client()
        if page == "account_reauthenticate":
            sign_in(client)
            answer = client.post(reverse(page), {"password": PASSWORD, "next": target})
        else:
            data = {"login": person.email, "password": PASSWORD, "next": target}
            answer = client.post(reverse(page), data)
        assert answer.status_code == 302
        assert "evil" not in answer["Location"]
        assert "javascript" not in answer["Location"]

    @pytest.mark.parametrize(
        "name",
        [
            "account_login", "account_logout", "account_change_password", "account_reauthenticate",
            "mfa_authenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_reauthenticate",
            "mfa_generate_recovery_codes", "mfa_add_webauthn", "mfa_login_webauthn",
            "usersessions_end_others", "profile",
        ],
    )  # fmt: skip
    def test_a_form_of_another_site_does_nothing(self, person: User, name: str) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        assert client.post(reverse(name), {}).status_code == 403

    def test_the_cookie_is_not_for_scripts_or_other_sites(self, person: User) -> None:
        client = Client()
        sign_in(client)
        cookie = client.cookies["session"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


class TestPlaceInACompany:
    def test_sets_the_password_of_its_own_address_only(
        self, tenant: Tenant, person: User, other_tenant: Tenant
    ) -> None:
        """A link is for one account; somebody signed in as another person changes only that one."""
        now = timezone.now()
        with tenant_scope(tenant.pk):
            guest = add_person(
                tenant=tenant, email="guest@acme.test", roles=["BILLER"], at=now, actor=None
            ).user
        path = set_password_path(guest)
        client = Client()
        sign_in(client)
        page = client.get(path, follow=True)
        new = "another horse battery"
        if page.status_code == 200 and page.redirect_chain:
            client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
        person.refresh_from_db()
        assert person.check_password(PASSWORD)
        memberships = Membership.objects.filter(user=person)
        assert [one.tenant_id for one in memberships] == [tenant.pk]

    def test_the_same_address_in_two_companies_has_two_memberships(
        self, tenant: Tenant, other_tenant: Tenant, person: User
    ) -> None:
        with tenant_scope(other_tenant.pk):
            added = add_person(
                tenant=other_tenant,
                email="LINA@acme.test",
                roles=["AUDITOR"],
                at=timezone.now(),
                actor=None,
            )
        assert added.user == person
        client = Client()
        sign_in(client)
        assert client.get("/t/acme/settings/people/").status_code == 200
        assert client.get("/t/rival/settings/people/").status_code == 403
        Membership.objects.filter(tenant=other_tenant).update(is_active=False)
        assert client.get("/t/rival/").status_code == 404
        assert client.get("/t/acme/").status_code == 200

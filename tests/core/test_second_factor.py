"""The second factor: set up, asked for, used once, lost, and asked for by a company."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, Membership, Tenant, User
from core.operations.second_factor import accept_code
from core.sealing import unseal
from core.second_factor import has_second_factor
from core.tenancy import tenant_scope

PASSWORD = "correct horse battery"
LATER = 6 * 60  # seconds: a sign-in is no longer fresh
INLINE = re.compile(r"<style|<script(?![^>]*src=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> None:
    cache.clear()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-03-02T12:00:05Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(tenant: Tenant) -> User:
    user = User.objects.create_user("lina@acme.test", PASSWORD, name="Li Na")
    Membership.objects.create(tenant=tenant, user=user, roles=["ADMIN"])
    return user


def sign_in(client: Client, password: str = PASSWORD) -> Any:
    data = {"login": "lina@acme.test", "password": password}
    return client.post(reverse("account_login"), data)


def code_now(secret: str, steps: int = 0) -> str:
    counter = list(totp.yield_hotp_counters_from_time())[1] + steps
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def set_up(client: Client) -> tuple[str, list[str]]:
    """Connect an app on a fresh sign-in; return its secret and the recovery codes."""
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("mfa_view_recovery_codes")
    return secret, answer.context["unused_codes"]


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.usefixtures("clock")
class TestApp:
    def test_is_set_up_with_a_code_and_gives_recovery_codes_once(
        self, client: Client, person: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        sign_in(client)
        page = client.get(reverse("mfa_activate_totp"))
        text, secret = page.content.decode(), page.context["form"].secret
        assert secret in text
        assert "data:image/svg+xml;base64," in text
        assert not INLINE.search(text)
        refused = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
        assert refused.status_code == 422
        assert secret in refused.content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            shown = client.post(
                reverse("mfa_activate_totp"), {"code": code_now(secret)}, follow=True
            )
        codes = shown.context["unused_codes"]
        assert len(set(codes)) == 10
        assert all(code in shown.content.decode() for code in codes)
        assert "duebook-recovery-codes.txt" in shown.content.decode()
        again = client.get(reverse("mfa_view_recovery_codes")).content.decode()
        assert not any(code in again for code in codes)
        [notice] = mail.outbox
        assert notice.to == ["lina@acme.test"]
        assert "second factor" in notice.subject
        assert codes[0] not in notice.body
        assert secret not in notice.body

    def test_secrets_are_sealed_at_rest(self, client: Client, person: User) -> None:
        sign_in(client)
        secret, codes = set_up(client)
        rows = {row.type: row for row in Authenticator.objects.filter(user=person)}
        stored = str([row.data for row in rows.values()])
        assert secret not in stored
        assert codes[0] not in stored
        assert unseal(rows["totp"].data["secret"]) == secret

    def test_is_asked_for_at_sign_in(self, client: Client, person: User, clock: Any) -> None:
        sign_in(client)
        secret, _codes = set_up(client)
        client.post(reverse("account_logout"))
        clock.shift(60)
        answer = sign_in(client)
        assert answer["Location"] == reverse("mfa_authenticate")
        assert not is_in(client)
        assert client.get("/t/acme/").status_code == 302
        wrong = client.post(reverse("mfa_authenticate"), {"code": "123456"})
        assert wrong.status_code == 422
        assert not is_in(client)
        right = client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        assert right.status_code == 302
        assert is_in(client)

    def test_a_code_signs_in_once(self, client: Client, person: User, clock: Any) -> None:
        sign_in(client)
        secret, _codes = set_up(client)
        setting_up = code_now(secret)
        sign_in(other := Client())
        replayed = other.post(reverse("mfa_authenticate"), {"code": setting_up})
        assert replayed.status_code == 422
        clock.shift(60)
        code = code_now(secret)
        first, second = Client(), Client()
        sign_in(first)
        sign_in(second)
        assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
        assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 422
        clock.shift(40)  # allauth's own memory of used codes ends after 30 seconds
        cache.clear()
        assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 422
        assert not is_in(second)

    @pytest.mark.parametrize(("steps", "found"), [(-1, "in"), (1, "in"), (-2, "out"), (2, "out")])
    def test_clocks_may_differ_by_one_step(
        self, client: Client, person: User, clock: Any, steps: int, found: str
    ) -> None:
        sign_in(client)
        secret, _codes = set_up(client)
        clock.shift(300)
        sign_in(other := Client())
        code = code_now(secret, steps=steps)
        other.post(reverse("mfa_authenticate"), {"code": code})
        assert is_in(other) == (found == "in")

    def test_tries_are_limited(self, client: Client, person: User, clock: Any) -> None:
        sign_in(client)
        secret, _codes = set_up(client)
        clock.shift(60)
        sign_in(other := Client())
        for _try in range(5):
            other.post(reverse("mfa_authenticate"), {"code": "111111"})
        answer = other.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        assert "Too many tries" in answer.content.decode()
        assert not is_in(other)

    def test_a_recovery_code_opens_once(self, client: Client, person: User, clock: Any) -> None:
        sign_in(client)
        _secret, codes = set_up(client)
        for opened in (True, False):
            sign_in(other := Client())
            other.post(reverse("mfa_authenticate"), {"code": codes[0]})
            assert is_in(other) == opened
        assert "9 codes are left" in client.get(reverse("mfa_index")).content.decode()

    def test_changing_it_needs_a_fresh_sign_in(
        self, client: Client, person: User, clock: Any
    ) -> None:
        sign_in(client)
        secret, _codes = set_up(client)
        clock.shift(LATER)
        for name in ("mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_add_webauthn"):
            answer = client.get(reverse(name))
            assert answer.status_code == 302, name
            assert answer["Location"].startswith(reverse("account_reauthenticate"))
        client.post(reverse("mfa_deactivate_totp"))
        assert has_second_factor(person)
        before = client.session.session_key
        url = reverse("mfa_reauthenticate")
        wrong = client.post(url, {"code": "000000"})
        assert wrong.status_code == 422
        target = reverse("mfa_generate_recovery_codes")
        right = client.post(url, {"code": code_now(secret), "next": target})
        assert right["Location"] == target
        assert client.session.session_key != before
        assert client.get(target).status_code == 200

    def test_is_removed_with_a_notice(
        self, client: Client, person: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        sign_in(client)
        set_up(client)
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("mfa_deactivate_totp"))
        assert not Authenticator.objects.filter(user=person).exists()
        assert "was removed" in str(mail.outbox[-1].body)

    def test_new_codes_end_the_old_ones(self, client: Client, person: User) -> None:
        sign_in(client)
        _secret, codes = set_up(client)
        answer = client.post(reverse("mfa_generate_recovery_codes"), follow=True)
        assert not set(answer.context["unused_codes"]) & set(codes)
        sign_in(other := Client())
        other.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert not is_in(other)


def test_the_same_code_at_the_same_time_is_taken_once(
    transactional_db: None, client: Client
) -> None:
    user = User.objects.create_user("lina@acme.test", PASSWORD)
    secret = totp.generate_totp_secret()
    row = totp.TOTP.activate(user, secret).instance
    code = code_now(secret)

    def take(_number: int) -> bool:
        try:
            return accept_code(authenticator=row, code=code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [False, False, False, True]


@pytest.mark.usefixtures("clock")
class TestCompanyThatAsks:
    @pytest.fixture
    def biller(self, tenant: Tenant) -> User:
        user = User.objects.create_user("bo@acme.test", PASSWORD)
        Membership.objects.create(tenant=tenant, user=user, roles=["BILLER"])
        return user

    def switch(self, client: Client, needed: str) -> Any:
        url = reverse("people_second_factor", args=["acme"])
        return client.post(url, {"needed": needed}, follow=True)

    def test_is_switched_by_an_admin_who_has_one(
        self, client: Client, person: User, tenant: Tenant
    ) -> None:
        sign_in(client)
        refused = self.switch(client, "yes")
        assert "for yourself first" in refused.content.decode()
        tenant.refresh_from_db()
        assert not tenant.needs_second_factor
        set_up(client)
        self.switch(client, "yes")
        tenant.refresh_from_db()
        assert tenant.needs_second_factor
        with tenant_scope(tenant.pk):
            entry = AuditEntry.objects.get(event="company.changed")
        assert entry.changes == {"needs_second_factor": [False, True]}
        assert client.get("/t/acme/").status_code == 200
        self.switch(client, "no")
        tenant.refresh_from_db()
        assert not tenant.needs_second_factor

    def test_opens_nothing_to_the_others_from_the_next_request_on(
        self, client: Client, biller: User, tenant: Tenant
    ) -> None:
        client.force_login(biller)
        assert client.get("/t/acme/invoices/").status_code == 200
        Tenant.objects.filter(pk=tenant.pk).update(needs_second_factor=True)
        for url in (
            "/t/acme/",
            "/t/acme/invoices/",
            "/t/acme/search/?q=a",
            "/t/acme/customers/new/",
        ):
            for answer in (client.get(url), client.post(url, {"name": "x"})):
                assert answer.status_code == 302, url
                assert answer["Location"] == reverse("mfa_index"), url
        part = client.get("/t/acme/invoices/", headers={"hx-request": "true"})
        assert (part.content, part["HX-Redirect"]) == (b"", reverse("mfa_index"))
        page = client.get(reverse("mfa_index")).content.decode()
        assert "Set up a second factor to go on" in page
        assert "Acme" in page

    def test_tells_strangers_and_other_roles_nothing_new(
        self, client: Client, biller: User, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        Tenant.objects.update(needs_second_factor=True)
        client.force_login(biller)
        assert client.get("/t/rival/").status_code == 404
        assert client.get("/t/acme/settings/").status_code == 403

    def test_opens_after_the_set_up(self, client: Client, person: User, tenant: Tenant) -> None:
        Tenant.objects.filter(pk=tenant.pk).update(needs_second_factor=True)
        answer = client.post(
            f"{reverse('account_login')}?next=/t/acme/",
            {"login": "lina@acme.test", "password": PASSWORD},
            follow=True,
        )
        assert answer.redirect_chain[-1][0] == reverse("mfa_index")
        set_up(client)
        assert client.get("/t/acme/").status_code == 200

    def test_does_not_open_to_a_session_of_a_password_alone(
        self, client: Client, person: User, tenant: Tenant, clock: Any
    ) -> None:
        thief, later = Client(), Client()
        sign_in(thief)
        sign_in(client)
        secret, _codes = set_up(client)
        Tenant.objects.filter(pk=tenant.pk).update(needs_second_factor=True)
        assert client.get("/t/acme/").status_code == 200
        assert not is_in(thief)  # the first factor ends every other session
        later.force_login(person)  # one that began before there was a factor, however it lived on
        url = f"{reverse('mfa_reauthenticate')}?next=%2Ft%2Facme%2Finvoices%2F"
        assert later.get("/t/acme/invoices/")["Location"] == url
        part = later.get("/t/acme/invoices/", headers={"hx-request": "true"})
        assert part["HX-Redirect"] == f"{reverse('mfa_reauthenticate')}?next=%2Ft%2Facme%2F"
        clock.shift(60)
        shown = later.post(url, {"code": code_now(secret)})
        assert shown["Location"] == "/t/acme/invoices/"
        assert later.get("/t/acme/invoices/").status_code == 200

    def test_is_confirmed_by_a_passkey_where_no_app_is_connected(
        self, client: Client, person: User, tenant: Tenant
    ) -> None:
        Authenticator.objects.create(user=person, type="webauthn", data={})
        Tenant.objects.filter(pk=tenant.pk).update(needs_second_factor=True)
        client.force_login(person)
        url = client.get("/t/acme/")["Location"]
        assert url == f"{reverse('mfa_reauthenticate_webauthn')}?next=%2Ft%2Facme%2F"

    def test_stands_in_the_list_of_people(self, client: Client, person: User, biller: User) -> None:
        sign_in(client)
        set_up(client)
        page = client.get("/t/acme/settings/people/")
        members = {str(one.membership.user): one for one in page.context["members"]}
        assert members["Li Na"].has_second_factor
        assert not members["bo@acme.test"].has_second_factor


@pytest.mark.usefixtures("clock")
class TestReset:
    def test_keeps_the_second_factor_and_ends_other_sessions(
        self,
        client: Client,
        person: User,
        clock: Any,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        sign_in(client)
        secret, _codes = set_up(client)
        clock.shift(60)
        with django_capture_on_commit_callbacks(execute=True):
            Client().post(reverse("account_reset_password"), {"email": "lina@acme.test"})
        link = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
        assert link
        finder = Client()
        action = finder.get(link[1], follow=True).redirect_chain[-1][0]
        new = "another horse battery"
        with django_capture_on_commit_callbacks(execute=True):
            finder.post(action, {"password1": new, "password2": new})
        assert not is_in(finder)
        assert client.get("/t/acme/").status_code == 302  # the earlier session is over
        assert "set anew" in str(mail.outbox[-1].body)
        answer = sign_in(finder, new)
        assert answer["Location"] == reverse("mfa_authenticate")
        finder.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        assert is_in(finder)

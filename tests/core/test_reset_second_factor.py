"""The operator lets somebody in who lost the second factor; the person and companies are told."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, Membership, Tenant, User
from core.tenancy import tenant_scope

WORD = "correct horse battery"
WHY = "called back; asked for by the admin"


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> None:
    cache.clear()


@pytest.fixture
def person(tenant: Tenant, other_tenant: Tenant) -> User:
    user = User.objects.create_user("lina@acme.test", WORD, name="Li Na", language="zh-hans")
    for one in (tenant, other_tenant):
        Membership.objects.create(tenant=one, user=user, roles=["ADMIN"])
    return user


def sign_in() -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": "lina@acme.test", "password": WORD})
    return client


def reset(email: str = "LINA@acme.test", reason: str = WHY) -> str:
    said = StringIO()
    call_command("reset_second_factor", email, reason=reason, stdout=said)
    return said.getvalue()


def test_the_password_opens_again(person: User, mailoutbox: list[Any]) -> None:
    client = sign_in()
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)
    asked = sign_in()
    assert "_auth_user_id" not in asked.session
    said = reset()
    assert "2 removed" in said
    assert "1 sessions ended, 2 companies told" in said
    assert not Authenticator.objects.filter(user=person).exists()
    assert client.get("/profile/").status_code == 302  # its session is over
    assert sign_in().get("/profile/").status_code == 200
    [mail] = mailoutbox
    assert mail.to == ["lina@acme.test"]
    assert reverse("mfa_index") in mail.body
    for one in person.memberships.all():
        with tenant_scope(one.tenant_id):
            entry = AuditEntry.objects.get(event="person.factor_reset")
            assert (entry.reason, entry.actor, entry.subject_label) == (WHY, None, "Li Na")
    history = sign_in().get("/t/acme/settings/history/").content.decode()
    assert WHY in history


@pytest.mark.parametrize(
    ("email", "reason"),
    [("nobody@acme.test", WHY), ("lina@acme.test", "  "), ("lina@acme.test", WHY)],
)
def test_nothing_happens_without_person_reason_or_factor(
    person: User, email: str, reason: str, mailoutbox: list[Any]
) -> None:
    if reason != WHY:
        TOTP.activate(person, generate_totp_secret())
    client = sign_in() if reason == WHY else None
    with pytest.raises(CommandError) as refused:
        reset(email, reason)
    assert refused.value.returncode == 2
    assert mailoutbox == []
    assert Authenticator.objects.exists() == (reason != WHY)
    if client:
        assert client.get("/profile/").status_code == 200


def test_a_mail_that_does_not_leave_is_told(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OSError("no route")

    TOTP.activate(person, generate_totp_secret())
    monkeypatch.setattr("core.management.commands.reset_second_factor.send_mail", refuse)
    with pytest.raises(CommandError, match="no route") as refused:
        reset()
    assert refused.value.returncode == 3
    assert not Authenticator.objects.exists()


def test_a_company_that_asks_everybody_leads_to_a_new_one(person: User) -> None:
    TOTP.activate(person, generate_totp_secret())
    Tenant.objects.filter(slug="acme").update(needs_second_factor=True)
    reset()
    assert sign_in().get("/t/acme/")["Location"] == reverse("mfa_index")

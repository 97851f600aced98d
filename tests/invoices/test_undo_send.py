"""Ten seconds to think again: what is undone never leaves, and what has left cannot be undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from core.urls_in import page_url
from messaging.delivery import drain
from messaging.models import OutboundMessage
from tests.conftest import make_tenant
from tests.invoices.sending import ready
from tests.messaging.servers import Behaviour, smtp_server

pytestmark = [
    pytest.mark.django_db(transaction=True),  # fences are committed while a mail is under way
    pytest.mark.usefixtures("media", "fake_pdf"),
]


@pytest.fixture
def mail_server(settings: Any) -> Iterator[Behaviour]:
    behaviour = Behaviour()
    with smtp_server(behaviour) as port:
        settings.EMAIL_BACKEND = "messaging.smtp.FencedBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
        settings.DEFAULT_FROM_EMAIL = "billing@duebook.test"
        yield behaviour


@pytest.fixture
def company(transactional_db: None) -> Tenant:
    tenant = make_tenant("acme")
    person = User.objects.create_user("biller@acme.test")
    Membership.objects.create(tenant=tenant, user=person, roles=[Role.BILLER])
    return tenant


def queued_at(tenant: Tenant) -> datetime:
    with tenant_scope(tenant.pk):
        return OutboundMessage.objects.latest("pk").created_at


def test_undone_within_ten_seconds_or_not_at_all(
    company: Tenant, client: Client, mail_server: Behaviour
) -> None:
    client.force_login(User.objects.get(email="biller@acme.test"))
    with tenant_scope(company.pk):
        first, second = ready(contacts=("a@c.test",)), ready(contacts=("b@c.test",))

    def send(bill: Any, address: str) -> datetime:
        url = page_url(company, "invoices:send", bill.pk)
        assert client.post(url, {"recipients": [address], "when": "now"}).status_code == 302
        return queued_at(company)

    def undo(bill: Any) -> str:
        url = page_url(company, "invoices:undo_sending", bill.pk)
        return client.post(url, follow=True).content.decode()

    def at_work(at: datetime) -> list[tuple[str, ...]]:
        drain(tenant_id=company.pk, clock=lambda: at)
        return [recipients for _sender, recipients in mail_server.envelopes]

    at = send(first, "a@c.test")
    assert at_work(at + timedelta(seconds=9.9)) == []
    assert "1 message was taken back." in undo(first)
    assert at_work(at + timedelta(days=30)) == []

    at = send(second, "b@c.test")
    assert at_work(at + timedelta(seconds=9.9)) == []
    assert at_work(at + timedelta(seconds=10.1)) == [("b@c.test",)]
    assert "Too late: nothing is waiting any more." in undo(second)
    assert at_work(at + timedelta(days=30)) == [("b@c.test",)]

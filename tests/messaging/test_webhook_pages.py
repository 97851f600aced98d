"""The pages of webhooks: the secret shown once, answers shown as text, the log, nothing twice."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from core.models import Tenant, User
from core.tenancy import tenant_scope
from messaging.enums import AttemptResult, DeliveryState, EndpointState, EventType
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.operations.announce import announce
from messaging.operations.webhook_endpoints import create_endpoint
from messaging.operations.webhook_stop import stop_endpoint
from messaging.operations.webhook_tries import claim_delivery, settle_delivery
from messaging.outlet import Reply
from messaging.webhook_queries import PAGE
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{40,}")


@pytest.fixture
def admin(members: dict[str, User]) -> Client:
    client = Client()
    client.force_login(members["ADMIN"])
    return client


@pytest.fixture
def base(tenant: Tenant) -> str:
    return f"/t/{tenant.slug}/settings/webhooks/"


@pytest.fixture
def endpoint(tenant: Tenant, members: dict[str, User]) -> WebhookEndpoint:
    with tenant_scope(tenant.pk):
        return create_endpoint(
            name="Books",
            url="https://books.example.com/hook",
            events=EventType.values,
            at=NOON,
            actor=members["ADMIN"],
        ).endpoint


FORM = {"name": "Books", "url": "https://books.example.com", "events": ["invoice.paid"]}


def test_the_secret_is_shown_once(admin: Client, base: str, tenant: Tenant) -> None:
    form = FORM | {"once": str(uuid.uuid4())}
    made = admin.post(f"{base}new/", form)
    assert made.status_code == 200
    [secret] = set(SECRET.findall(made.content.decode()))
    twice = admin.post(f"{base}new/", form)
    assert twice.status_code == 302
    with tenant_scope(tenant.pk):
        [found] = WebhookEndpoint.objects.all()
    for page in (base, f"{base}{found.pk}/", f"{base}{found.pk}/edit/"):
        assert secret not in admin.get(page).content.decode()
    renewed = admin.post(f"{base}{found.pk}/secret/", {"once": str(uuid.uuid4())})
    assert set(SECRET.findall(renewed.content.decode())) - {secret}
    assert "24 hours" in renewed.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "http://books.example.com"}, "must begin with https://"),
        ({"url": "https://10.0.0.1/"}, "public host name"),
        ({"url": "https://books.example.com:22/"}, "443 and 8443"),
        ({"events": []}, "required"),
        ({"events": ["webhook.test"]}, "not one of the available choices"),
    ],
)
def test_what_is_refused_stays_typed(
    admin: Client, base: str, wrong: dict[str, object], words: str
) -> None:
    answer = admin.post(f"{base}new/", FORM | wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'value="Books"' in answer.content.decode()


def test_an_answer_is_shown_as_text(
    admin: Client, base: str, tenant: Tenant, endpoint: WebhookEndpoint
) -> None:
    with tenant_scope(tenant.pk):
        announce(EventType.INVOICE_PAID, [5], at=NOON)
        held = claim_delivery(worker="w", at=NOON)
        assert held is not None
        reply = Reply(AttemptResult.REFUSED, 500, "<script>alert(1)</script>", "", 12)
        settle_delivery(delivery=held, worker="w", reply=reply, began=NOON, at=NOON)
    page = admin.get(f"{base}deliveries/{held.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "inv_5" in page
    assert held.event_id in page
    assert "Send again" not in page
    again = admin.post(f"{base}deliveries/{held.pk}/again/", follow=True)
    assert "on its way already" in again.content.decode()
    assert "Nothing has been taken since" in admin.get(f"{base}{endpoint.pk}/").content.decode()


def test_the_log_is_narrowed_and_goes_on(
    admin: Client, base: str, tenant: Tenant, endpoint: WebhookEndpoint
) -> None:
    with tenant_scope(tenant.pk):
        announce(EventType.INVOICE_PAID, range(1, PAGE + 2), at=NOON)
        announce(EventType.CUSTOMER_UPDATED, [7], at=NOON)
        WebhookDelivery.objects.filter(subject="cus_7").update(
            state=DeliveryState.FAILED, finished_at=NOON
        )
    url = f"{base}{endpoint.pk}/"
    first = admin.get(url).content.decode()
    assert "cus_7" in first
    assert "inv_2<" not in first
    [older] = re.findall(r'href="(\?before=\d+)#log"', first)
    assert "inv_2<" in admin.get(url + older).content.decode()
    assert "inv_" not in admin.get(f"{url}?state=FAILED").content.decode()
    assert "cus_7" not in admin.get(f"{url}?event=invoice.paid").content.decode()
    for odd in ("?state=EATEN", "?before=x", "?before=99999999999999999999", "?event=%00"):
        assert admin.get(url + odd).status_code == 200


def test_a_stopped_one_says_why_and_is_switched_on(
    admin: Client, base: str, tenant: Tenant, endpoint: WebhookEndpoint
) -> None:
    with tenant_scope(tenant.pk):
        stop_endpoint(endpoint=endpoint, because=AttemptResult.GONE, at=NOON)
    url = f"{base}{endpoint.pk}/"
    page = admin.get(url).content.decode()
    assert "it is gone for good" in page
    assert "Send a test event" not in page
    refused = admin.post(f"{url}test/", follow=True).content.decode()
    assert "Switch the webhook on first." in refused
    admin.post(f"{url}resume/")
    with tenant_scope(tenant.pk):
        assert WebhookEndpoint.objects.get().state == EndpointState.ACTIVE
    sent = admin.post(f"{url}test/", follow=True)
    assert "webhook.test" in sent.content.decode()
    assert admin.post(f"{url}remove/").status_code == 302
    assert admin.get(url).status_code == 404
    history = admin.get(f"/t/{tenant.slug}/settings/history/").content.decode()
    assert "Webhook removed" in history


def test_the_mail_of_a_stopped_one_has_a_page(
    admin: Client, tenant: Tenant, endpoint: WebhookEndpoint
) -> None:
    with tenant_scope(tenant.pk):
        stop_endpoint(endpoint=endpoint, because=AttemptResult.TIMEOUT, at=NOON)
    assert "was switched off" in admin.get(f"/t/{tenant.slug}/messages/").content.decode()

"""Webhooks: written with the change, told until taken, signed, stopped, apart by company."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from standardwebhooks import Webhook, WebhookVerificationError

from api import ids
from core.books import invariants
from core.models import Membership, Tenant, User
from core.models.tenant import TenantStatus
from core.tenancy import tenant_scope
from messaging import tasks
from messaging.answers import FenceLost
from messaging.enums import AttemptResult, DeliveryState, EndpointState, EventType
from messaging.models import OutboundMessage, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from messaging.operations.announce import announce
from messaging.operations.webhook_endpoints import (
    NoEvent,
    NotInUse,
    StillOnItsWay,
    create_endpoint,
    pause_endpoint,
    remove_endpoint,
    renew_secret,
    resume_endpoint,
    send_delivery_again,
    send_test,
    update_endpoint,
)
from messaging.operations.webhook_tries import (
    LEASE,
    claim_delivery,
    forget_deliveries,
    reap_deliveries,
    settle_delivery,
)
from messaging.outlet import Reply, UrlRefused
from messaging.queries import tenants_with_webhooks_due
from messaging.telling import tell
from messaging.webhooks import PREFIXES
from tests.conftest import NOON
from tests.messaging.conftest import Clock
from tests.messaging.receivers import Receiver, receiver

pytestmark = pytest.mark.django_db
ALL = EventType.values


@pytest.fixture
def there(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    with receiver() as told:
        yield told


@pytest.fixture
def admin(tenant: Tenant) -> User:
    person = User.objects.create_user("admin@acme.test", name="Ann", language="en")
    Membership.objects.create(tenant=tenant, user=person, roles=["ADMIN"])
    return person


class Program:
    """Another program that listens: its address, its secret, and what came of each event."""

    def __init__(self, tenant: Tenant, admin: User, url: str, events: list[str]) -> None:
        self.tenant = tenant
        with tenant_scope(tenant.pk):
            made = create_endpoint(name="Books", url=url, events=events, at=NOON, actor=admin)
        self.endpoint, self.secret = made.endpoint, made.secret

    def happen(self, event: EventType = EventType.INVOICE_ISSUED, pk: int = 7) -> WebhookDelivery:
        with tenant_scope(self.tenant.pk):
            announce(event, [pk], at=NOON)
            return WebhookDelivery.objects.order_by("-pk")[0]

    def now(self) -> WebhookEndpoint:
        with tenant_scope(self.tenant.pk):
            return WebhookEndpoint.objects.get(pk=self.endpoint.pk)

    def of(self, delivery: WebhookDelivery) -> WebhookDelivery:
        with tenant_scope(self.tenant.pk):
            return WebhookDelivery.objects.get(pk=delivery.pk)


@pytest.fixture
def program(tenant: Tenant, admin: User, there: Receiver) -> Program:
    return Program(tenant, admin, there.url, ALL)


def verified(told: Receiver, secret: str, index: int = -1) -> Any:
    headers, body = told.got[index]
    return Webhook(secret).verify(body, headers)


# --- telling --------------------------------------------------------------------------------------


def test_a_receiver_knows_that_it_comes_from_here(program: Program, there: Receiver) -> None:
    program.happen(pk=12)
    assert not tell(tenant_id=program.tenant.pk, clock=lambda: datetime.now(UTC))
    content = verified(there, program.secret)
    assert content == {
        "type": "invoice.issued",
        "timestamp": "2026-03-02T12:00:00.000Z",
        "data": {"id": "inv_12"},
    }
    other = "whsec_" + "A" * 43 + "="
    with pytest.raises(WebhookVerificationError):
        verified(there, other)
    headers, _body = there.got[0]
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("Duebook")


def test_what_came_of_it_is_kept(program: Program, there: Receiver, clock: Clock) -> None:
    there.body = b"<b>thanks</b> \xff\0" + b"x" * 9000
    delivery = program.happen()
    tell(tenant_id=program.tenant.pk, clock=clock)
    done = program.of(delivery)
    assert (done.state, done.attempts, done.last_status) == (DeliveryState.DELIVERED, 1, 200)
    assert done.finished_at == NOON
    with tenant_scope(program.tenant.pk):
        [attempt] = WebhookAttempt.objects.all()
    assert attempt.answer.startswith("<b>thanks</b>")
    assert len(attempt.answer) == 2000
    assert attempt.url == there.url
    assert program.now().last_taken_at == NOON


def test_only_what_is_wanted_is_written(tenant: Tenant, admin: User, there: Receiver) -> None:
    program = Program(tenant, admin, there.url, ["invoice.paid"])
    with tenant_scope(tenant.pk):
        assert announce(EventType.INVOICE_ISSUED, [1, 2], at=NOON) == 0
        assert announce(EventType.INVOICE_PAID, [1, 2], at=NOON) == 2
        assert announce(EventType.INVOICE_PAID, [], at=NOON) == 0
        pause_endpoint(endpoint=program.endpoint, at=NOON, actor=admin)
        assert announce(EventType.INVOICE_PAID, [3], at=NOON) == 1


def test_what_is_rolled_back_is_not_told(program: Program, there: Receiver, clock: Clock) -> None:
    class Undo(Exception):
        pass

    def announce_and_fail() -> None:
        with tenant_scope(program.tenant.pk), transaction.atomic():
            assert announce(EventType.INVOICE_PAID, [1], at=NOON) == 1
            raise Undo

    with pytest.raises(Undo):
        announce_and_fail()
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert there.got == []


WAITS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]


def test_the_tries_and_when(program: Program, there: Receiver, clock: Clock) -> None:
    there.statuses = [500]
    delivery = program.happen()
    for number, seconds in enumerate(WAITS, start=1):
        tell(tenant_id=program.tenant.pk, clock=clock)
        waiting = program.of(delivery)
        assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, number)
        assert waiting.next_try_at == clock.at + timedelta(seconds=seconds)
        clock.move(seconds=seconds - 1)
        tell(tenant_id=program.tenant.pk, clock=clock)
        assert len(there.got) == number, "too early"
        clock.move(seconds=1)
    tell(tenant_id=program.tenant.pk, clock=clock)
    given_up = program.of(delivery)
    assert (given_up.state, given_up.attempts, given_up.last_status) == ("FAILED", 10, 500)
    assert len(set(there.ids)) == 1
    assert len({body for _headers, body in there.got}) == 1
    assert program.now().state == EndpointState.ACTIVE


def test_events_go_out_in_their_order(program: Program, there: Receiver, clock: Clock) -> None:
    for pk in (1, 2, 3):
        program.happen(pk=pk)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert [json.loads(body)["data"]["id"] for _head, body in there.got] == [
        "inv_1", "inv_2", "inv_3",
    ]  # fmt: skip


def test_who_fails_is_left_alone_for_a_while(
    program: Program, there: Receiver, clock: Clock
) -> None:
    there.statuses = [503]
    for pk in (1, 2, 3):
        program.happen(pk=pk)
    assert not tell(tenant_id=program.tenant.pk, clock=clock)
    assert len(there.got) == 1, "a dead address must not hold up the others"
    clock.move(seconds=5)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert len(there.got) == 2
    there.statuses = [200]
    clock.move(minutes=5)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert len(there.got) == 5
    assert program.now().failures == 0


# --- dying ----------------------------------------------------------------------------------------


def test_a_teller_that_dies_loses_nothing(program: Program, there: Receiver, clock: Clock) -> None:
    delivery = program.happen()
    with tenant_scope(program.tenant.pk):
        held = claim_delivery(worker="dead", at=clock())
        assert held is not None
        assert claim_delivery(worker="other", at=clock()) is None
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert there.got == []
    clock.move(seconds=LEASE.total_seconds() + 1)
    with tenant_scope(program.tenant.pk):
        assert reap_deliveries(at=clock()) == 1
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert there.ids == [delivery.event_id]
    with tenant_scope(program.tenant.pk), pytest.raises(FenceLost), transaction.atomic():
        settle_delivery(
            delivery=held, worker="dead", reply=Reply(AttemptResult.TAKEN), began=NOON, at=NOON
        )
    assert program.of(delivery).attempts == 2


def test_a_try_that_kills_every_teller_ends(program: Program, clock: Clock) -> None:
    delivery = program.happen()
    for _ in range(10):
        with tenant_scope(program.tenant.pk):
            assert claim_delivery(worker="dead", at=clock()) is not None
        clock.move(seconds=LEASE.total_seconds() + 1)
        with tenant_scope(program.tenant.pk):
            reap_deliveries(at=clock())
    assert program.of(delivery).state == DeliveryState.FAILED


def test_the_sweep_finds_whose_turn_it_is(
    program: Program,
    other_tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(
        tasks.tell_webhooks, "delay", lambda *, tenant_id: woken.append(tenant_id), raising=False
    )
    assert tenants_with_webhooks_due() == set()
    program.happen()
    assert tenants_with_webhooks_due() == {program.tenant.pk}
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep_webhooks()
    assert woken == [program.tenant.pk]
    Tenant.objects.filter(pk=program.tenant.pk).update(status=TenantStatus.SUSPENDED)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep_webhooks()
    assert woken == [program.tenant.pk]


# --- stopping -------------------------------------------------------------------------------------


def test_a_suspended_company_tells_nothing(program: Program, there: Receiver, clock: Clock) -> None:
    program.happen()
    Tenant.objects.filter(pk=program.tenant.pk).update(status=TenantStatus.SUSPENDED)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert there.got == []
    Tenant.objects.filter(pk=program.tenant.pk).update(status=TenantStatus.ACTIVE)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert len(there.got) == 1


def mails(tenant: Tenant) -> list[OutboundMessage]:
    with tenant_scope(tenant.pk):
        return list(OutboundMessage.objects.order_by("pk"))


def test_gone_means_gone(program: Program, there: Receiver, clock: Clock) -> None:
    there.statuses = [410]
    first, second = program.happen(pk=1), program.happen(pk=2)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert len(there.got) == 1
    stopped = program.now()
    assert (stopped.state, stopped.stopped_by) == (EndpointState.STOPPED, AttemptResult.GONE)
    assert program.of(first).state == DeliveryState.FAILED
    assert program.of(second).state == DeliveryState.CANCELLED
    [mail] = mails(program.tenant)
    assert mail.to_address == "admin@acme.test"
    assert "gone for good" in mail.body_text
    assert f"/settings/webhooks/{program.endpoint.pk}/" in mail.body_text
    with tenant_scope(program.tenant.pk):
        assert announce(EventType.INVOICE_PAID, [1], at=NOON) == 0


def test_five_days_of_failing_switch_it_off(
    program: Program, there: Receiver, clock: Clock, admin: User
) -> None:
    colleague = User.objects.create_user("zhao@acme.test", language="zh-hans")
    Membership.objects.create(tenant=program.tenant, user=colleague, roles=["ADMIN"])
    there.statuses = [500]
    program.happen(pk=1)
    for _day in range(5):
        tell(tenant_id=program.tenant.pk, clock=clock)
        assert program.now().state == EndpointState.ACTIVE
        clock.move(days=1)
        program.happen(pk=2)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert program.now().state == EndpointState.STOPPED
    assert {mail.to_address for mail in mails(program.tenant)} == {admin.email, colleague.email}
    with tenant_scope(program.tenant.pk):
        assert not WebhookDelivery.objects.filter(state=DeliveryState.WAITING).exists()
        resume_endpoint(endpoint=program.endpoint, at=clock(), actor=admin)
    there.statuses = [200]
    program.happen(pk=9)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert b"inv_9" in there.got[-1][1]


def test_a_day_on_which_something_was_taken_starts_the_count_again(
    program: Program, there: Receiver, clock: Clock
) -> None:
    for day in range(8):
        there.statuses = [200] if day == 4 else [500]
        program.happen(pk=day + 1)
        tell(tenant_id=program.tenant.pk, clock=clock)
        clock.move(days=1)
    assert program.now().state == EndpointState.ACTIVE


def test_paused_keeps_what_happens(
    program: Program, there: Receiver, clock: Clock, admin: User
) -> None:
    with tenant_scope(program.tenant.pk):
        pause_endpoint(endpoint=program.endpoint, at=NOON, actor=admin)
    program.happen()
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert there.got == []
    with tenant_scope(program.tenant.pk):
        with pytest.raises(NotInUse):
            send_test(endpoint=program.endpoint, at=NOON, actor=admin)
        resume_endpoint(endpoint=program.endpoint, at=NOON, actor=admin)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert len(there.got) == 1


# --- secrets --------------------------------------------------------------------------------------


def test_two_secrets_sign_while_it_is_changed_over(
    program: Program, there: Receiver, admin: User
) -> None:
    now = datetime.now(UTC)
    with tenant_scope(program.tenant.pk):
        new = renew_secret(endpoint=program.endpoint, at=now, actor=admin).secret
    assert new != program.secret
    program.happen()
    tell(tenant_id=program.tenant.pk, clock=lambda: now)
    assert verified(there, program.secret) == verified(there, new)
    assert there.got[0][0]["webhook-signature"].count("v1,") == 2
    with tenant_scope(program.tenant.pk):
        renew_secret(endpoint=program.endpoint, at=now - timedelta(hours=25), actor=admin)
    program.happen()
    tell(tenant_id=program.tenant.pk, clock=lambda: now)
    assert there.got[1][0]["webhook-signature"].count("v1,") == 1
    for secret in (program.secret, new):
        with pytest.raises(WebhookVerificationError):
            verified(there, secret)


def test_no_secret_stands_in_a_table(program: Program) -> None:
    row = program.now()
    stored = [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]
    assert not any(program.secret.removeprefix("whsec_") in value for value in stored)


def test_a_new_key_of_the_site_changes_no_secret(
    program: Program, there: Receiver, settings: Any
) -> None:
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-" * 5, [old]
    program.happen()
    tell(tenant_id=program.tenant.pk, clock=lambda: datetime.now(UTC))
    assert verified(there, program.secret)
    settings.SECRET_KEY_FALLBACKS = []
    delivery = program.happen()
    tell(tenant_id=program.tenant.pk, clock=lambda: datetime.now(UTC))
    assert len(there.got) == 1
    assert program.of(delivery).last_result == AttemptResult.NO_SECRET


# --- by hand --------------------------------------------------------------------------------------


def test_sent_again_it_has_the_same_id(
    program: Program, there: Receiver, clock: Clock, admin: User
) -> None:
    delivery = program.happen()
    with tenant_scope(program.tenant.pk), pytest.raises(StillOnItsWay):
        send_delivery_again(delivery=delivery, at=NOON, actor=admin)
    tell(tenant_id=program.tenant.pk, clock=clock)
    with tenant_scope(program.tenant.pk):
        send_delivery_again(delivery=program.of(delivery), at=NOON, actor=admin)
    tell(tenant_id=program.tenant.pk, clock=clock)
    assert there.ids == [delivery.event_id] * 2
    with tenant_scope(program.tenant.pk):
        assert WebhookAttempt.objects.count() == 2
        assert forget_deliveries(at=NOON + timedelta(days=29)) == 0
        assert forget_deliveries(at=NOON + timedelta(days=31)) == 1
        assert WebhookAttempt.objects.count() == 0


def test_a_test_event_is_about_the_address(
    program: Program, there: Receiver, clock: Clock, admin: User
) -> None:
    with tenant_scope(program.tenant.pk):
        send_test(endpoint=program.endpoint, at=NOON, actor=admin)
    tell(tenant_id=program.tenant.pk, clock=clock)
    content = json.loads(there.got[0][1])
    assert (content["type"], content["data"]["id"]) == (
        "webhook.test",
        f"whk_{program.endpoint.pk}",
    )


def test_what_an_address_may_be(in_tenant: Tenant, admin: User) -> None:
    wanted: dict[str, Any] = {"name": "Books", "at": NOON, "actor": admin}
    for events in ([], ["invoice.eaten"], ["invoice.paid", "webhook.test"]):
        with pytest.raises(NoEvent):
            create_endpoint(url="https://books.example.com/", events=events, **wanted)
    with pytest.raises(UrlRefused):
        create_endpoint(url="https://127.0.0.1/", events=["invoice.paid"], **wanted)
    made = create_endpoint(url="https://books.example.com", events=["invoice.paid"], **wanted)
    with pytest.raises(UrlRefused):
        update_endpoint(endpoint=made.endpoint, url="http://x.example.com", events=ALL, **wanted)
    changed = update_endpoint(
        endpoint=made.endpoint, url="https://b.example.com/x", events=ALL, **wanted
    )
    assert (changed.url, changed.events) == ("https://b.example.com/x", ALL)
    announce(EventType.CUSTOMER_UPDATED, [3], at=NOON)
    former = remove_endpoint(endpoint=changed, at=NOON, actor=admin)
    assert former == made.endpoint.pk
    assert not WebhookDelivery.objects.exists()


# --- companies ------------------------------------------------------------------------------------


def test_companies_hear_nothing_of_each_other(
    program: Program, other_tenant: Tenant, admin: User, there: Receiver, clock: Clock
) -> None:
    with receiver() as rival:
        theirs = Program(other_tenant, admin, rival.url, ALL)
        program.happen(pk=1)
        theirs.happen(pk=2)
        tell(tenant_id=program.tenant.pk, clock=clock)
        assert rival.got == []
        tell(tenant_id=other_tenant.pk, clock=clock)
    assert [json.loads(body)["data"]["id"] for _head, body in there.got] == ["inv_1"]
    assert [json.loads(body)["data"]["id"] for _head, body in rival.got] == ["inv_2"]
    with tenant_scope(other_tenant.pk):
        assert not WebhookEndpoint.objects.filter(pk=program.endpoint.pk).exists()


def test_the_invariants_see_what_is_broken(in_tenant: Tenant, admin: User) -> None:
    made = create_endpoint(name="B", url="https://b.example.com/", events=ALL, at=NOON, actor=admin)
    announce(EventType.INVOICE_PAID, [1], at=NOON)
    assert broken() == set()
    WebhookEndpoint.objects.filter(pk=made.endpoint.pk).update(state=EndpointState.STOPPED)
    WebhookDelivery.objects.update(finished_at=NOON)
    assert broken() == {
        "messaging.nothing_waits_for_a_webhook_that_is_off",
        "messaging.webhooks_done_with_say_when",
    }


def broken() -> set[str]:
    ours = [one for one in invariants() if "webhook" in one.name]
    return {one.name for one in ours if one.count_broken()}


def test_ids_are_those_of_the_api() -> None:
    assert PREFIXES["invoice"] == ids.INVOICE
    assert PREFIXES["payment"] == ids.RECEIPT
    assert PREFIXES["customer"] == ids.CUSTOMER
    assert {event.partition(".")[0] for event in ALL} <= PREFIXES.keys()

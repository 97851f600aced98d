"""A reminder that waited is looked at again when it leaves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail

from core.tenancy import tenant_scope
from customers.models import Customer
from customers.operations import pause_reminders
from dunning import operations
from dunning.models import Notice
from ledger.models import OpenItem
from messaging.delivery import drain
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations import send_again
from messaging.reasons import sentence
from tests.dunning.helpers import MORNING, TODAY, credit, customer, debt, pay, policy, run

pytestmark = pytest.mark.django_db(transaction=True)
LATER = MORNING + timedelta(hours=5)


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def items(tenant):
    """Two debts of one customer, whose reminder is queued."""
    with tenant_scope(tenant.pk):
        policy()
        buyer = customer(code="K-7")
        made = [
            debt(buyer, "100.00", late=5, label="INV-A"),
            debt(buyer, "50.00", late=5, label="INV-B"),
        ]
        run()
        assert OutboundMessage.objects.get().state == MessageState.QUEUED
        return made


def leave(tenant, at=LATER):
    drain(tenant_id=tenant.pk, clock=lambda: at, seconds=1)
    with tenant_scope(tenant.pk):
        return OutboundMessage.objects.get()


def hold(items):
    operations.hold_item(item=items[1], until=TODAY, reason="asked", at=LATER, actor=None)


def pause(items):
    pause_reminders(customer=items[0].customer, until=None, reason="asked", at=LATER, actor=None)


CHANGES = [
    (lambda items: pay(items[0]), "INV-A"),
    (lambda items: pay(items[1], "0.01"), "INV-B"),
    (lambda items: credit(items[0].customer, "150.00"), "CNY"),
    (hold, "INV-B"),
    (pause, "K-7"),
    (lambda _items: Customer.objects.update(status="ARCHIVED"), "K-7"),
]


def test_nothing_changed_and_it_leaves(tenant, items):
    assert leave(tenant).state == MessageState.ACCEPTED
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_what_changed_while_it_waited_keeps_it_here_and_is_said(tenant, items, change, words):
    with tenant_scope(tenant.pk):
        change(items)

    message = leave(tenant)

    assert mail.outbox == []
    assert message.state == MessageState.FAILED
    assert message.resolved_at is None  # it is on the list of what needs a decision
    assert message.last_error == f"overtaken: {words}"
    assert sentence(message.last_error) == f"Not sent: what it says is not so any more: {words}"


def test_credit_that_covers_less_and_a_hold_that_ended_change_nothing(tenant, items):
    with tenant_scope(tenant.pk):
        credit(items[0].customer, "149.99")
        hold(items)

    assert leave(tenant, LATER + timedelta(days=1)).state == MessageState.ACCEPTED


def test_sending_it_again_asks_again(tenant, items):
    with tenant_scope(tenant.pk):
        hold(items)
    message = leave(tenant)
    with tenant_scope(tenant.pk):
        send_again(message=message, at=LATER, actor=None)
    assert leave(tenant).state == MessageState.FAILED
    with tenant_scope(tenant.pk):
        operations.release_item(item=items[1], at=LATER, actor=None)
        send_again(message=message, at=LATER, actor=None)
    assert leave(tenant).state == MessageState.ACCEPTED
    assert len(mail.outbox) == 1


def test_what_the_reminder_lists_is_what_was_decided(tenant, items):
    with tenant_scope(tenant.pk):
        [notice] = Notice.objects.all()
        listed = dict(notice.decisions.values_list("item_id", "open_amount"))
        assert listed == dict(OpenItem.objects.values_list("pk", "open_amount"))
        assert sum(listed.values()) == Decimal(150)

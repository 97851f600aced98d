"""A day's run: who is reminded of what, who is not and why, and nothing twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry, BankAccount
from customers.operations import pause_reminders, resume_reminders
from dunning import operations
from dunning.enums import Outcome, Tone
from dunning.models import Decision, Notice, Run
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from messaging.operations import resend
from tests.dunning.helpers import (
    MORNING,
    TODAY,
    credit,
    customer,
    debt,
    decided,
    pay,
    policy,
    run,
)
from tests.factories import ContactFactory

pytestmark = pytest.mark.usefixtures("in_tenant")

DAY = timedelta(days=1)


def set_message(state: str) -> None:
    accepted = MORNING if state in ("ACCEPTED", "DELIVERED") else None
    OutboundMessage.objects.update(state=state, accepted_at=accepted)


def test_one_mail_per_customer_lists_its_items_per_currency():
    policy()
    buyer = customer(email="ap@buyer.test", name="Buyer Ltd")
    BankAccount.objects.create(
        currency="EUR", holder="Acme GmbH", bank="Bank One", number="DE02120300000000202051"
    )
    debt(buyer, "1280.50", late=20, label="INV-A")
    debt(buyer, "19.50", late=4, label="INV-B")
    debt(buyer, "700.00", late=5, currency="EUR", rate="8", label="INV-C")

    done = run()

    [message] = OutboundMessage.objects.all()
    [notice] = Notice.objects.all()
    assert done.finished_at == MORNING
    assert message.to_address == "ap@buyer.test"
    assert message.state == MessageState.QUEUED
    assert message.dedupe_key == f"reminder:{buyer.pk}:2026-03-02"
    assert (notice.number, notice.level, notice.message) == ("RM-2026-00001", 2, message)
    text = message.body_text
    assert "INV-A, 20 days overdue" in text
    assert "INV-B, 4 days overdue" in text
    assert "CNY 1,280.50" in text
    assert "Total: CNY 1,300.00" in text  # its two CNY items ...
    assert "Total: EUR 700.00" in text  # ... and nothing added across currencies
    assert "2,000.00" not in text
    assert "DE02120300000000202051" in text
    assert "RM-2026-00001" in text
    assert "INV-A" in message.body_html
    assert "the following invoices are overdue" in text
    assert "not overdue yet" not in text
    assert decided() == [(14, "SENT"), (3, "SENT"), (3, "SENT")]
    assert AuditEntry.objects.get(event="reminder.queued").account_id == buyer.pk


def test_what_is_not_due_yet_is_not_called_overdue():
    policy()
    buyer = customer(email="ap@buyer.test", name="Buyer Ltd")
    debt(buyer, "100.00", late=14, label="INV-A")
    debt(buyer, "50.00", late=-3, label="INV-B")

    run()

    [message] = OutboundMessage.objects.all()
    for text in (message.body_text, message.body_html):
        assert "the following invoice is overdue" in text
        assert "What is not overdue yet is listed as well" in text
    assert "INV-B, due in 3 days" in message.body_text


def test_the_mail_speaks_the_customers_language_and_the_highest_steps_tone():
    policy()
    debt(customer(language="zh-hans"), late=40)
    debt(customer(language="en"), late=40)

    run()

    chinese, english = OutboundMessage.objects.order_by("account_id")
    assert chinese.language == "zh-hans"
    assert english.subject == "Acme: final payment reminder"
    assert "despite our reminders" in english.body_text
    assert "days overdue" in english.body_text


def test_before_the_due_date_nothing_is_called_overdue():
    policy()
    debt(customer(), late=-2, label="INV-9")
    debt(customer(), late=0, label="INV-8")

    run()

    for message in OutboundMessage.objects.all():
        assert "overdue" not in message.body_text + message.subject
    first, second = OutboundMessage.objects.order_by("pk")
    assert "due in 2 days" in first.body_text
    assert "due today" in second.body_text


def test_an_item_found_late_gets_one_reminder_and_never_the_missed_ones():
    policy()
    item = debt(customer(), late=20)

    run()
    set_message("DELIVERED")
    for later in range(1, 12):
        run(TODAY + later * DAY)

    assert decided(item) == [(14, "SENT"), (30, "SENT")]


def test_a_paid_item_drops_out_and_a_part_payment_asks_for_the_rest():
    policy()
    paid, partly = debt(customer(), late=5), debt(customer(), "100.00", late=5)
    pay(paid)
    pay(partly, "30.00")

    run()

    [message] = OutboundMessage.objects.all()
    assert message.account_id == partly.customer_id
    assert "CNY 70.00 (of CNY 100.00)" in message.body_text.replace(
        "of CNY 100.00", "of CNY 100.00"
    )
    assert decided(paid) == []
    assert Decision.objects.get(item=partly).open_amount == Decimal("70.00")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"reminders_paused": True}, "PAUSED"),
        ({"reminders_paused": True, "reminders_paused_until": TODAY}, "PAUSED"),
        ({"reminders_paused": True, "reminders_paused_until": TODAY - DAY}, "SENT"),
        ({"reminders_paused": False, "reminders_paused_until": TODAY}, "SENT"),
        ({"status": "ARCHIVED"}, "CUSTOMER_HOLD"),
        ({"status": "ON_HOLD"}, "SENT"),
        ({"email": None}, "NO_ADDRESS"),
    ],
)
def test_guards_about_the_customer(fields, reason):
    policy()
    debt(customer(**fields), late=5)

    run()

    assert decided() == [(3, reason)]
    assert OutboundMessage.objects.count() == (reason == "SENT")


@pytest.mark.parametrize(
    ("unused", "reason"), [("99.99", "SENT"), ("100.00", "UNUSED_CREDIT"), ("500", "UNUSED_CREDIT")]
)
def test_unused_credit_that_covers_what_is_asked(unused, reason):
    policy()
    buyer = customer()
    item = debt(buyer, "60.00", late=5)
    debt(buyer, "40.00", late=16)
    debt(buyer, "1000.00", late=-20)  # not asked for today
    credit(buyer, unused)

    run()

    assert decided(item) == [(3, reason)]
    if reason == "SENT":
        assert "unused credit of CNY 99.99" in OutboundMessage.objects.get().body_text


def test_credit_in_another_currency_covers_nothing():
    policy()
    buyer = customer()
    debt(buyer, "60.00", late=5)
    euros = debt(buyer, "60.00", late=5, currency="EUR", rate="8")
    credit(buyer, "60.00", currency="EUR")

    run()

    assert decided(euros) == [(3, "UNUSED_CREDIT")]
    assert Decision.objects.filter(outcome=Outcome.SENT).count() == 1
    assert "EUR" not in OutboundMessage.objects.get().body_text


@pytest.mark.parametrize(
    ("amount", "currency", "rate", "reason"),
    [
        ("49.99", "CNY", "1", "BELOW_MINIMUM"),
        ("50.00", "CNY", "1", "SENT"),
        ("6.24", "EUR", "8", "BELOW_MINIMUM"),  # 49.92 in the company's currency
        ("6.25", "EUR", "8", "SENT"),
        ("49.99", "USD", None, "BELOW_MINIMUM"),  # no rate known: its own figure
    ],
)
def test_minimum_is_compared_with_what_is_left(amount, currency, rate, reason):
    policy(minimum="50")
    debt(customer(), amount, late=5, currency=currency, rate=rate)

    run()

    assert decided() == [(3, reason)]


def test_the_minimum_is_about_the_sum_and_the_open_part():
    policy(minimum="50")
    buyer, other = customer(), customer()
    debt(buyer, "30.00", late=5)
    debt(buyer, "30.00", late=5)
    large = debt(other, "1000.00", late=5)
    pay(large, "960.00")

    run()

    assert decided(large) == [(3, "BELOW_MINIMUM")]
    assert Notice.objects.get().customer == buyer


def test_quiet_days_between_two_reminders_to_one_customer():
    policy(quiet_days=3)
    buyer = customer()
    debt(buyer, late=3)
    second = debt(buyer, late=1)

    run()
    set_message("ACCEPTED")
    run(TODAY + DAY)
    run(TODAY + 2 * DAY)
    run(TODAY + 3 * DAY)

    assert decided(second) == [(3, "TOO_SOON"), (3, "SENT")]
    assert [n.run.run_date for n in Notice.objects.order_by("pk")] == [TODAY, TODAY + 3 * DAY]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("QUEUED", "UNCONFIRMED"),
        ("TRANSMITTING", "UNCONFIRMED"),
        ("UNCONFIRMED", "UNCONFIRMED"),
        ("FAILED", "UNCONFIRMED"),
        ("ACCEPTED", "SENT"),
        ("DELIVERED", "SENT"),
        ("CANCELLED", "SENT"),
    ],
)
def test_nothing_steps_on_while_the_last_reminder_is_not_known_as_sent(state, reason):
    policy()
    item = debt(customer(), late=3)
    run()
    lease = MORNING if state == "TRANSMITTING" else None
    OutboundMessage.objects.update(
        state=state,
        lease_until=lease,
        accepted_at=MORNING if state in ("ACCEPTED", "DELIVERED") else None,
    )

    run(TODAY + 11 * DAY)

    assert decided(item) == [(3, "SENT"), (14, reason)]


@pytest.mark.parametrize("state", ["UNCONFIRMED", "FAILED"])
def test_once_a_person_has_decided_on_the_last_reminder_the_next_step_is_sent(state):
    policy()
    item = debt(customer(), late=3)
    run()
    OutboundMessage.objects.update(state=state)
    run(TODAY + 11 * DAY)
    OutboundMessage.objects.update(resolved_at=MORNING + 11 * DAY)

    run(TODAY + 12 * DAY)

    assert decided(item) == [(3, "SENT"), (14, "UNCONFIRMED"), (14, "SENT")]


def test_a_bounced_address_is_not_written_to_and_the_next_contact_is():
    policy()
    buyer = customer(email="payer@buyer.test", roles=["PAYER"])
    ContactFactory(customer=buyer, email="bills@buyer.test", roles=["BILLING"])
    debt(buyer, late=5)
    buyer.contacts.filter(email="payer@buyer.test").update(bounced_at=MORNING)

    run()

    assert OutboundMessage.objects.get().to_address == "bills@buyer.test"


@pytest.mark.parametrize(
    ("contacts", "address"),
    [
        ([("a", ["BILLING"]), ("b", ["PAYER"])], "b"),
        ([("a", ["SIGNATORY"]), ("b", ["BILLING"])], "b"),
        ([("a", ["LEGAL"]), ("b", [])], "a"),
        ([("", ["PAYER"]), ("b", ["BILLING"])], "b"),
    ],
)
def test_who_at_the_customer_is_written_to(contacts, address):
    policy()
    buyer = customer(email=None)
    for name, roles in contacts:
        ContactFactory(customer=buyer, email=f"{name}@buyer.test" if name else "", roles=roles)
    debt(buyer, late=5)

    run()

    assert OutboundMessage.objects.get().to_address == f"{address}@buyer.test"


def test_an_address_no_mail_can_go_to_is_held_not_lost():
    policy()
    buyer = customer(email="broken@@buyer.test")
    debt(buyer, late=5)

    run()

    assert decided() == [(3, "NO_ADDRESS")]
    assert Notice.objects.count() == 0


def test_a_held_item_is_asked_again_while_its_step_is_the_one_reached():
    policy()
    buyer = customer()
    item = debt(buyer, late=3)
    pause_reminders(customer=buyer, reason="asked us to wait", until=None, at=MORNING, actor=None)
    run()
    run(TODAY + DAY)
    resume_reminders(customer=buyer, at=MORNING, actor=None)
    run(TODAY + 2 * DAY)

    assert decided(item) == [(3, "PAUSED"), (3, "PAUSED"), (3, "SENT")]


def test_a_step_that_passed_while_held_is_never_sent_later():
    policy()
    buyer = customer()
    item = debt(buyer, late=13)
    pause_reminders(customer=buyer, reason="wait", until=TODAY, at=MORNING, actor=None)
    run()
    run(TODAY + DAY)

    assert decided(item) == [(3, "PAUSED"), (14, "SENT")]


def test_item_hold_spares_one_item_and_ends_after_its_day(members):
    policy(quiet_days=0)
    buyer = customer()
    held, other = debt(buyer, late=5, label="INV-HELD"), debt(buyer, late=5)
    operations.hold_item(
        item=held, until=TODAY, reason="disputed", at=MORNING, actor=members["COLLECTOR"]
    )

    run()
    set_message("ACCEPTED")
    assert decided(held) == [(3, "ITEM_HOLD")]
    assert decided(other) == [(3, "SENT")]
    assert "INV-HELD" not in OutboundMessage.objects.get().body_text

    run(TODAY + DAY)
    assert decided(held) == [(3, "ITEM_HOLD"), (3, "SENT")]


def test_held_items_do_not_count_toward_what_credit_must_cover():
    policy()
    buyer = customer()
    held, other = debt(buyer, "900.00", late=5), debt(buyer, "100.00", late=5)
    operations.hold_item(item=held, until=None, reason="disputed", at=MORNING, actor=None)
    credit(buyer, "100.00")

    run()

    assert decided(held) == [(3, "ITEM_HOLD")]
    assert decided(other) == [(3, "UNUSED_CREDIT")]


def test_the_same_day_runs_once():
    policy()
    debt(customer(), late=5)
    first = run()
    debt(customer(), late=5)

    second = run(at=MORNING + timedelta(hours=3))

    assert second == first
    assert Run.objects.count() == 1
    assert OutboundMessage.objects.count() == 1


def test_a_new_version_of_the_policy_repeats_nothing_and_goes_back_nowhere():
    policy()
    item = debt(customer(), late=14)
    run()
    set_message("ACCEPTED")
    policy(steps=[(10, Tone.FRIENDLY), (20, Tone.FIRM)])
    run(TODAY + 4 * DAY)  # 18 days late: step 10, but 14 was sent
    run(TODAY + 7 * DAY)

    assert decided(item) == [(14, "SENT"), (20, "SENT")]


def test_no_policy_is_said():
    with pytest.raises(operations.NoPolicy):
        run()


def test_paid_one_second_before_and_after():
    policy()
    before, after = debt(customer(), late=5), debt(customer(), late=5)
    pay(before, at=MORNING - timedelta(seconds=1))

    run()
    pay(after, at=MORNING + timedelta(seconds=1))

    assert decided(before) == []
    assert decided(after) == [(3, "SENT")]


def test_a_fixed_number_of_statements_for_customers_that_are_held():
    policy()

    def held_customers(count):
        for _ in range(count):
            debt(customer(reminders_paused=True), late=5)

    held_customers(1)
    with CaptureQueriesContext(
        connection,
    ) as one:
        run()
    held_customers(30)
    with CaptureQueriesContext(connection) as many:
        run(TODAY + DAY)

    assert len(one) == len(many)
    assert Decision.objects.filter(run__run_date=TODAY + DAY).count() == 31


def test_the_notice_follows_a_message_that_was_sent_again_to_another_address():
    policy()
    debt(customer(), late=5)
    run()
    OutboundMessage.objects.update(state="BOUNCED")
    message = OutboundMessage.objects.get()

    new = resend(message=message, to_address="right@buyer.test", at=MORNING, actor=None)

    assert Notice.objects.get().message == new


def test_morning_is_nine_in_shanghai():
    assert datetime(2026, 3, 2, 1, tzinfo=UTC) == MORNING

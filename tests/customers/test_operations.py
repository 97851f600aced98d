"""Creating, changing, holding and pausing customers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from stdnum.cn import uscc

from core.models import AuditEntry
from core.tax_ids import BadTaxId
from customers import operations
from customers.bounces import mark_bounced
from customers.enums import ContactRole, CustomerStatus
from customers.models import Contact, Customer, PaymentTerm
from customers.operations import ContactDraft, CustomerDraft
from customers.tax_ids import checked_customer_tax_id, is_organisation_code
from messaging.models import OutboundMessage
from messaging.operations.report import record_bounce
from tests.conftest import NOON
from tests.customers.ledger_helpers import bill
from tests.factories import ContactFactory, CustomerFactory

pytestmark = pytest.mark.usefixtures("in_tenant")
LATER = NOON + timedelta(hours=1)


def create(**fields) -> Customer:
    draft = CustomerDraft(**{"name": "Acme Trading", **fields})
    return operations.create_customer(draft=draft, at=NOON, actor=None)


def change(customer: Customer, version: int | None = None, **changes) -> Customer:
    return operations.update_customer(
        customer=customer,
        version=version or customer.version,
        changes=changes,
        at=LATER,
        actor=None,
    )


def events(customer: Customer) -> list[str]:
    found = AuditEntry.objects.filter(account_id=customer.pk).order_by("pk")
    return list(found.values_list("event", flat=True))


def test_a_new_customer_gets_the_companys_defaults_and_the_next_code():
    terms = PaymentTerm.objects.create(name="30 days", is_default=True)

    first, second = create(), create(name="Other")

    assert (first.code, second.code) == ("C00001", "C00002")
    assert (first.currency, first.language, first.terms) == ("CNY", "en", terms)
    assert events(first) == ["customer.created"]


def test_generated_codes_follow_the_highest_and_ignore_other_patterns():
    for code in ("C00041", "C9", "CUST-7", "C00007"):
        create(code=code)

    assert create().code == "C00042"
    assert create(code="C99999").code == "C99999"
    assert create().code == "C100000"


def test_a_code_is_taken_once_per_company(other_tenant, tenant):
    create(code="A-1")
    with pytest.raises(operations.CodeTaken):
        create(code="A-1")
    taken = create(code="A-2")
    with pytest.raises(operations.CodeTaken):
        change(taken, code="A-1")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"currency": "XXX"}, "currency"),
        ({"language": "fr"}, "language"),
        ({"country": "ZZ"}, "country"),
        ({"code": " A"}, "code"),
        ({"code": "A\nB"}, "code"),
        ({"credit_limit": Decimal(-1)}, "credit_limit"),
        ({"credit_limit": Decimal("0.001")}, "credit_limit"),
        ({"credit_limit": Decimal("0.5"), "currency": "JPY"}, "credit_limit"),
        ({"country": "CN", "tax_id": "91350100M000100Y4Z"}, "tax_id"),
        ({"country": "DE", "tax_id": "DE123456789"}, "tax_id"),
    ],
)
def test_values_that_cannot_be_are_refused_by_field(fields, field):
    with pytest.raises(operations.CustomerRefused) as refused:
        create(**fields)
    assert refused.value.field == field
    assert str(refused.value.message)
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",
        "9144030071526726XG",
        "914403001922038216",
        "91110000802100433B",
        "91330100799655058B",
    ],
)
def test_published_social_credit_codes_are_valid(code):
    spaced = f" {code[:8]} {code[8:].lower()} "
    assert checked_customer_tax_id(spaced, country="CN", kind="COMPANY") == code


@pytest.mark.parametrize(
    "code", ["91350100M000100Y4Z", "91350100M000100Y4", "91350100I000100Y43", "1234"]
)
def test_wrong_social_credit_codes_are_refused(code):
    with pytest.raises(BadTaxId):
        checked_customer_tax_id(code, country="CN", kind="COMPANY")


def test_the_organisation_codes_own_check_character_counts():
    """The last character is right for these 17, and characters 9-17 are no organisation code."""
    wrong = "91350100" + "M000100Y5"
    wrong += uscc.calc_check_digit(wrong)
    assert uscc.is_valid(wrong)
    assert not is_organisation_code(wrong[8:17])
    with pytest.raises(BadTaxId):
        checked_customer_tax_id(wrong, country="CN", kind="COMPANY")


def test_tax_ids_elsewhere():
    assert checked_customer_tax_id("11010519491231002X", country="CN", kind="PERSON")
    assert (
        checked_customer_tax_id("be 0403.019.261", country="BE", kind="COMPANY") == "BE0403019261"
    )
    assert checked_customer_tax_id("12-3456789", country="US", kind="COMPANY") == "12-3456789"
    assert checked_customer_tax_id("", country="CN", kind="COMPANY") == ""
    with pytest.raises(BadTaxId):
        checked_customer_tax_id("none yet", country="GB", kind="COMPANY")


def test_a_change_is_audited_field_by_field():
    customer = change(
        create(credit_limit=Decimal(3000)), name="New name", credit_limit=Decimal(3000)
    )

    entry = AuditEntry.objects.get(event="customer.changed")
    assert entry.changes == {"name": ["Acme Trading", "New name"]}
    assert customer.version == 2


def test_saving_what_is_there_changes_nothing():
    customer = create(credit_limit=Decimal(3000))

    assert change(customer, name="Acme Trading", credit_limit=Decimal("3000.00")).version == 1
    assert events(customer) == ["customer.created"]


def test_the_second_of_two_editors_is_told_who_did_what(members):
    customer = create()
    operations.update_customer(
        customer=customer,
        version=1,
        changes={"name": "Hers"},
        contacts=[ContactDraft("Li Na", "li@acme.test")],
        at=LATER,
        actor=members["BILLER"],
    )
    operations.put_on_hold(customer=customer, reason="Late", at=LATER, actor=members["MANAGER"])

    with pytest.raises(operations.EditedMeanwhile) as edited:
        change(customer, version=1, name="Mine")

    assert edited.value.current.name == "Hers"
    assert edited.value.current.version == 3
    told = [(entry.event, entry.actor) for entry in edited.value.entries]
    assert told == [
        ("customer.held", members["MANAGER"]),
        ("contact.added", members["BILLER"]),
        ("customer.changed", members["BILLER"]),
    ]
    assert Customer.objects.get(pk=customer.pk).name == "Hers"


def test_contacts_are_added_changed_and_removed():
    customer = operations.create_customer(
        draft=CustomerDraft("Acme"),
        contacts=[ContactDraft("Li Na", "li@acme.test"), ContactDraft("Bob", "bob@acme.test")],
        addresses={"BILLING": " Street 1 "},
        at=NOON,
        actor=None,
    )
    li = customer.contacts.get(name="Li Na")

    customer = operations.save_contacts(
        customer=customer,
        version=1,
        contacts=[
            ContactDraft("Li Na", "li@acme.test", roles=("BILLING", "PAYER"), id=li.pk),
            ContactDraft("Eva", "", "123"),
        ],
        at=LATER,
        actor=None,
    )

    assert [c.name for c in customer.contacts.order_by("name")] == ["Eva", "Li Na"]
    assert customer.contacts.get(pk=li.pk).roles == [ContactRole.BILLING, ContactRole.PAYER]
    assert customer.addresses.get().text == "Street 1"
    assert events(customer)[1:] == [
        "customer.contacts_changed",
        "contact.changed",
        "contact.added",
        "contact.removed",
    ]


def test_addresses_are_replaced_by_kind():
    customer = operations.save_addresses(
        customer=create(), version=1, addresses={"BILLING": "A\r\nB"}, at=LATER, actor=None
    )
    assert customer.addresses.get().text == "A\nB"
    customer = operations.save_addresses(
        customer=customer, version=2, addresses={"REGISTERED": "C"}, at=LATER, actor=None
    )
    assert customer.addresses.get().kind == "REGISTERED"
    assert customer.version == 3


def test_a_foreign_contact_id_makes_a_new_contact_and_touches_nobody():
    stranger = ContactFactory(customer=CustomerFactory(), email="x@y.test")
    customer = create(code="Z")

    operations.save_contacts(
        customer=customer,
        version=1,
        contacts=[ContactDraft("Mine", "m@y.test", id=stranger.pk)],
        at=LATER,
        actor=None,
    )

    assert Contact.objects.get(pk=stranger.pk).email == "x@y.test"
    assert customer.contacts.get().name == "Mine"


@pytest.mark.parametrize(
    "contact",
    [ContactDraft(""), ContactDraft("A", "not a mail"), ContactDraft("A", roles=("KING",))],
)
def test_contacts_that_cannot_be_are_refused(contact):
    with pytest.raises(operations.CustomerRefused):
        operations.save_contacts(
            customer=create(), version=1, contacts=[contact], at=LATER, actor=None
        )


def test_a_bounce_marks_the_address_until_it_is_changed():
    customer = create()
    hers = ContactFactory(customer=customer, email="Li@acme.test")
    other = ContactFactory(customer=CustomerFactory(code="Z"), email="li@acme.test")
    message = OutboundMessage(account_id=customer.pk, to_address="li@acme.test")

    mark_bounced(message, "550 unknown", LATER)
    mark_bounced(message, "550 unknown", LATER + timedelta(days=1))

    assert Contact.objects.get(pk=hers.pk).bounced_at == LATER
    assert Contact.objects.get(pk=other.pk).bounced_at is None
    assert events(customer).count("contact.bounced") == 1

    def save(email: str) -> None:
        row = Customer.objects.get(pk=customer.pk)
        draft = ContactDraft("Renamed", email, roles=("PAYER",), id=hers.pk)
        operations.save_contacts(
            customer=row, version=row.version, contacts=[draft], at=LATER, actor=None
        )

    save("Li@acme.test")
    assert Contact.objects.get(pk=hers.pk).bounced_at == LATER
    save("new@acme.test")
    assert Contact.objects.get(pk=hers.pk).bounced_at is None


def test_a_returned_mail_reaches_the_contact_through_messaging():
    customer = create()
    hers = ContactFactory(customer=customer, email="li@acme.test")
    message = OutboundMessage.objects.create(
        kind="INVOICE",
        dedupe_key="k",
        message_id="<1@x.test>",
        about="invoices.invoice:1",
        account_id=customer.pk,
        to_address="li@acme.test",
        subject="Invoice",
        body_text="Hello",
        state="ACCEPTED",
        accepted_at=NOON,
        next_attempt_at=NOON,
        created_at=NOON,
    )

    record_bounce(message=message, diagnostic="550 unknown", at=LATER)

    assert Contact.objects.get(pk=hers.pk).bounced_at == LATER


def test_hold_and_release():
    customer = create()
    with pytest.raises(operations.ReasonMissing):
        operations.put_on_hold(customer=customer, reason=" ", at=LATER, actor=None)

    held = operations.put_on_hold(customer=customer, reason="Late", at=LATER, actor=None)
    assert (held.status, held.version) == (CustomerStatus.ON_HOLD, 2)
    with pytest.raises(operations.WrongStatus):
        operations.put_on_hold(customer=customer, reason="Late", at=LATER, actor=None)
    assert operations.release(customer=customer, at=LATER, actor=None).status == "ACTIVE"
    with pytest.raises(operations.WrongStatus):
        operations.release(customer=customer, at=LATER, actor=None)
    assert events(customer) == ["customer.created", "customer.held", "customer.released"]


def test_archive_and_unarchive():
    customer = create()

    assert operations.archive(customer=customer, at=LATER, actor=None).status == "ARCHIVED"
    with pytest.raises(operations.WrongStatus):
        operations.archive(customer=customer, at=LATER, actor=None)
    assert operations.unarchive(customer=customer, at=LATER, actor=None).status == "ACTIVE"


def test_an_account_with_something_open_is_not_archived():
    customer = create()
    bill(customer, "10.00")
    with pytest.raises(operations.StillOpen):
        operations.archive(customer=customer, at=LATER, actor=None)


def test_reminders_are_paused_with_a_reason_and_resumed():
    customer = create()
    with pytest.raises(operations.ReasonMissing):
        operations.pause_reminders(customer=customer, reason="", until=None, at=LATER, actor=None)

    paused = operations.pause_reminders(
        customer=customer, reason="Promise", until=date(2026, 4, 1), at=LATER, actor=None
    )
    assert (paused.reminders_paused, paused.reminders_paused_until) == (True, date(2026, 4, 1))
    resumed = operations.resume_reminders(customer=customer, at=LATER, actor=None)
    assert (resumed.reminders_paused, resumed.reminders_paused_reason) == (False, "")
    with pytest.raises(operations.WrongStatus):
        operations.resume_reminders(customer=customer, at=LATER, actor=None)


def test_ensure_customers_adds_what_is_missing_once(django_assert_max_num_queries):
    create(code="A", name="There")
    records = [("A", "Other", "EUR"), ("B", "", "EUR"), ("B", "Bee", "USD"), ("C", "", "")]

    found = operations.ensure_customers(records=records, at=LATER, actor=None)

    assert {code: (c.name, c.currency) for code, c in found.items()} == {
        "A": ("There", "CNY"),
        "B": ("Bee", "USD"),
        "C": ("C", "CNY"),
    }
    again = operations.ensure_customers(records=records, at=LATER, actor=None)
    assert {c.pk for c in again.values()} == {c.pk for c in found.values()}
    many = [(f"N{n}", f"Name {n}", "") for n in range(500)]
    with django_assert_max_num_queries(12):
        operations.ensure_customers(records=many, at=LATER, actor=None)
    with pytest.raises(operations.CustomerRefused):
        operations.ensure_customers(records=[("", "No code", "")], at=LATER, actor=None)

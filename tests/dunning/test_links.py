"""The links in a reminder: one per bill, whose secret stands in the mail alone."""

import re
from datetime import timedelta

import pytest

from core.models import AuditEntry
from dunning.models import Decision, Notice
from dunning.views.preview import dry_run
from invoices.calculations import TermPart
from invoices.models import PublicLink
from invoices.operations.links import hash_of, revoke
from messaging.mails import mail_for
from messaging.models import OutboundMessage
from messaging.placeholders import Unresolvable, resolve
from portal.operations.renew import renew_link
from tests.documents.builders import issued
from tests.dunning.helpers import MORNING, TODAY, credit, customer, debt, policy, run, terms


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://bills.test"


def overdue_bill(of, *parts):
    issue_date = TODAY - timedelta(days=30)
    return issued(customer=of, issue_date=issue_date, parts=parts or [TermPart(1, days=5)])


def test_each_bill_has_one_link_and_an_item_without_a_bill_none(in_tenant):
    policy()
    buyer = customer(email="ap@buyer.test")
    first = overdue_bill(buyer)
    second = overdue_bill(buyer, TermPart(50, days=5), TermPart(50, days=8))
    debt(buyer, late=5, label="OPENING-1")

    run()

    [message] = OutboundMessage.objects.all()
    links = {link.pk: link.invoice_id for link in PublicLink.objects.all()}
    assert sorted(links.values()) == [first.pk, second.pk]
    assert {links[int(pk)] for pk in message.placeholders.values()} == {first.pk, second.pk}
    urls = resolve(message.placeholders)
    mail = mail_for(message, urls, at=MORNING)
    text, html = str(mail.body), str(mail.alternatives[0][0])
    bill_of = {urls[name]: links[int(pk)] for name, pk in message.placeholders.items()}
    listed = re.findall(r"^\* (\S+), .*\n.*\n  (https://\S+)$", text, re.MULTILINE)
    assert [(label, bill_of[url]) for label, url in listed] == [
        (first.number, first.pk),
        (second.number, second.pk),
        (second.number, second.pk),
    ]
    assert all(html.count(f'href="{url}"') == text.count(url) for url in urls.values())
    assert "[[" not in text + html


def test_the_secret_is_in_no_table(in_tenant):
    policy()
    overdue_bill(customer())

    run()

    [message] = OutboundMessage.objects.all()
    [url] = resolve(message.placeholders).values()
    token = re.fullmatch(r"https://bills\.test/b/([A-Za-z0-9_-]{43})/", url)[1]
    assert PublicLink.objects.get().token_hash == hash_of(token)
    stored = " ".join(
        str(value)
        for model in (PublicLink, OutboundMessage, Notice, Decision, AuditEntry)
        for row in model.objects.values()
        for value in row.values()
    )
    assert token not in stored


def test_a_revoked_link_stops_the_mail(in_tenant):
    policy()
    overdue_bill(customer())
    run()
    revoke(PublicLink.objects.get(), MORNING, None)

    with pytest.raises(Unresolvable):
        resolve(OutboundMessage.objects.get().placeholders)


def test_a_held_reminder_and_the_dry_run_make_no_link(in_tenant):
    buyer = customer(email="ap@buyer.test")
    overdue_bill(buyer)

    letter = dry_run(tenant=in_tenant, terms=terms(), day=TODAY).letter

    assert "(secret link, filled in when the mail leaves)" in letter.text
    policy()
    credit(buyer, "9999.00")
    run()
    assert not PublicLink.objects.exists()


def test_whom_a_reminder_reached_gets_a_new_link(in_tenant):
    policy()
    overdue_bill(customer(email="ap@buyer.test"))
    run()
    OutboundMessage.objects.update(state="ACCEPTED", accepted_at=MORNING)
    [link] = PublicLink.objects.all()

    assert renew_link(link=link, at=MORNING + timedelta(days=400)) == 1

    renewed = OutboundMessage.objects.get(dedupe_key__startswith="newlink:")
    assert renewed.to_address == "ap@buyer.test"

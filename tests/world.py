"""One of everything in a company, and which of it an address names: for the access matrix."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

from django.urls import get_resolver

from api.operations import create_key
from core import files, jobs
from core.attachments import checked
from core.imports import importer_of
from core.lists.registry import LISTS, ListEntry
from core.models import BankAccount, FileImport, Membership, SavedView, Tenant
from core.operations import invite_person
from core.operations.imports import choose_columns, start_import
from core.operations.notes import add_note
from core.tenancy import active_tenant_id, tenant_scope
from dunning.models import Policy, PolicyStep, Run
from invoices.models import Charge, Invoice, PublicLink, Schedule
from invoices.operations.import_bills import ImportedBill, import_bills
from ledger.models import Allocation, OpenItem, Period
from messaging import operations as outbox
from messaging.operations.webhook_endpoints import create_endpoint, send_test
from payments.operations import ReceiptDraft, receive
from tests.conftest import NOON
from tests.factories import (
    ContactFactory,
    InvoiceLineFactory,
    PaymentTermPartFactory,
    ProductFactory,
)

DAY = date(2026, 3, 2)
SECRET = "SECRET-T2"


def build_world(tenant: Tenant) -> dict[str, int]:
    """Make one of everything in the company; return ids by what they are."""
    with tenant_scope(tenant.pk):
        mark = SECRET if tenant.slug == "rival" else "OURS"
        customer = ContactFactory(customer__name=f"{mark} customer").customer
        term = PaymentTermPartFactory(term__name=f"{mark} term").term
        product = ProductFactory(name=f"{mark} product", code="P-WORLD")
        line = InvoiceLineFactory(
            invoice__customer=customer,
            invoice__reference=mark,
            product=product,
            tax_code=product.tax_code,
            description=f"{mark} line",
        )
        Invoice.objects.filter(pk=line.invoice_id).update(
            lines_amount=100, net_amount=100, tax_amount=13, total_amount=113
        )
        [bill] = import_bills(
            bills=[
                ImportedBill(customer, f"{mark}-1", DAY, DAY, Decimal(50), "CNY", f"{mark} bill")
            ],
            at=NOON,
            actor=None,
        )
        item = OpenItem.objects.debts().get()
        receipt = receive(
            draft=ReceiptDraft(customer.pk, DAY, "CNY", Decimal(30), reference=mark),
            allocations={item.pk: Decimal(20)},
            at=NOON,
            actor=None,
        )
        stored = files.store(
            content=f"%PDF {mark}".encode(), name="x.pdf", content_type="application/pdf", at=NOON
        )
        message = outbox.queue(
            kind="INVOICE",
            dedupe_key=f"{mark}:1",
            about=f"invoices.invoice:{bill.pk}",
            account_id=customer.pk,
            to_address="ap@customer.test",
            to_name=f"{mark} contact",
            language="en",
            subject=f"{mark} subject",
            body_text=f"{mark} body",
            body_html=f"<p>{mark} body</p>",
            from_name=tenant.name,
            reply_to="",
            attachments=[(stored, "x.pdf")],
            placeholders={},
            at=NOON,
        )
        schedule = Schedule.objects.create(
            customer=customer,
            name=f"{mark} schedule",
            start_date=DAY + timedelta(days=300),
            anchor_day=1,
            currency="CNY",
            created_at=NOON,
        )
        charge = Charge.objects.create(
            customer=customer,
            description=f"{mark} charge",
            service_date=DAY,
            quantity=1,
            unit_price=1,
            currency="CNY",
            tax_code=product.tax_code,
            created_at=NOON,
        )
        policy = Policy.objects.create(name=f"{mark} policy", created_at=NOON)
        PolicyStep.objects.create(policy=policy, offset_days=3, level=1, tone="FRIENDLY")
        run = Run.objects.create(
            run_date=DAY - timedelta(days=1), policy=policy, started_at=NOON, finished_at=NOON
        )
        return {
            "customer": customer.pk,
            "term": term.pk,
            "tax": product.tax_code_id,
            "product": product.pk,
            "draft": line.invoice_id,
            "bill": bill.pk,
            "item": item.pk,
            "receipt": receipt.pk,
            "receipt_item": receipt.item_id,
            "allocation": Allocation.objects.get().pk,
            "message": message.pk,
            "attachment": message.attachments.get().pk,
            "schedule": schedule.pk,
            "charge": charge.pk,
            "policy": policy.pk,
            "run": run.pk,
            "job": jobs.start(
                kind="send_invoices", title=mark, rows=[(bill.pk, mark)], at=NOON, actor=None
            ).pk,
            "bank": BankAccount.objects.create(
                currency="CNY", holder=mark, bank=mark, number="1"
            ).pk,
            "period": Period.objects.create(
                first_day=date(2020, 1, 1), last_day=date(2020, 1, 31), changed_at=NOON
            ).pk,
            "open_period": Period.objects.create(
                first_day=date(2021, 1, 1),
                last_day=date(2021, 1, 31),
                changed_at=NOON,
                is_closed=False,
            ).pk,
            "link": PublicLink.objects.create(
                invoice=bill,
                public_id=uuid.uuid4(),
                nonce=mark,
                token_hash=mark,
                expires_at=NOON,
                created_at=NOON,
            ).pk,
            "view": SavedView.objects.create(
                owner=Membership.objects.filter(tenant=tenant).order_by("pk")[0].user,
                list_key="customers",
                name=f"{mark} view",
                query=f"q={mark}",
                is_shared=True,
                created_at=NOON,
                changed_at=NOON,
            ).pk,
            "api_key": create_key(
                name=f"{mark} key",
                scopes=["customers:read"],
                expires_at=None,
                at=NOON,
                actor=Membership.objects.filter(tenant=tenant).order_by("pk")[0].user,
            ).key.pk,
            **told_program(tenant, mark),
            "import": checked_file(tenant, mark).pk,
            "note_customers": a_note(f"customers.customer:{customer.pk}", customer.pk, mark),
            "note_invoices": a_note(f"invoices.invoice:{line.invoice_id}", customer.pk, mark),
            "note_payments": a_note(f"payments.receipt:{receipt.pk}", customer.pk, mark),
            "person": Membership.objects.filter(tenant=tenant).order_by("pk")[0].pk,
            "invitation": invite_person(
                tenant=tenant,
                email=f"{mark.lower()}@invited.test",
                name=mark,
                roles=["AUDITOR"],
                at=NOON,
                actor=None,
            )[0].pk,
        }


def a_note(subject: str, account_id: int, mark: str) -> int:
    """Return the id of a note with a file beside the thing."""
    return add_note(
        subject=subject,
        account_id=account_id,
        body=f"{mark} note",
        attachment=checked(f"{mark} file".encode(), "note.txt"),
        at=NOON,
        actor=Membership.objects.filter(tenant=active_tenant_id()).order_by("pk")[0].user,
    ).pk


def told_program(tenant: Tenant, mark: str) -> dict[str, int]:
    """Return a webhook and an event it was told; tenant_scope is entered."""
    admin = Membership.objects.filter(tenant=tenant).order_by("pk")[0].user
    endpoint = create_endpoint(
        name=f"{mark} program",
        url=f"https://{mark.lower()}.example.com/hook",
        events=["invoice.paid"],
        at=NOON,
        actor=admin,
    ).endpoint
    delivery = send_test(endpoint=endpoint, at=NOON, actor=admin)
    return {"webhook": endpoint.pk, "delivery": delivery.pk}


def checked_file(tenant: Tenant, mark: str) -> FileImport:
    """Return a checked file of the company's admin; tenant_scope is entered."""
    admin = Membership.objects.filter(tenant=tenant, roles__contains=["ADMIN"])[0].user
    made = start_import(
        importer=importer_of("customers"),
        content=f"code,name\nX1,{mark} file\n".encode(),
        name=f"{mark}.csv",
        at=NOON,
        actor=admin,
    )
    return choose_columns(
        file_import=made, mapping={"code": 0, "name": 1}, date_format="", at=NOON, actor=admin
    )


# What an address's ``pk`` is, by the address's name; the longest prefix counts.
NAMED = {
    "api_settings:": "api_key",
    "customers:": "customer",
    "term": "term",
    "tax": "tax",
    "period": "period",
    "period_close_again": "open_period",
    "invoices:": "draft",
    "invoices:by_item": "item",
    "invoices:pdf": "bill",
    "invoices:send": "bill",
    "invoices:undo_sending": "bill",
    "invoices:void": "bill",
    "invoices:tax": "tax",
    "invoices:product": "product",
    "invoices:charge": "charge",
    "invoices:schedule": "schedule",
    "payments:": "receipt",
    "payments:by_item": "receipt_item",
    "payments:undo": "allocation",
    "messaging:": "message",
    "webhooks:": "webhook",
    "webhooks:delivery": "delivery",
    "ledger:period": "period",
    "collections:": "run",
    "collections:hold": "item",
    "collections:release": "item",
    "collections:item": "item",
    "bank_account": "bank",
    "person": "person",
    "invitation": "invitation",
    "job": "job",
    "import_": "import",
    "saved_view": "view",
}


# Where changing needs another right than looking.
POST_NEEDS = {
    "invoices:product": "invoices.edit",
    "invoices:charge": "invoices.edit",
    "job_cancel": "invoices.send",
    "job_retry": "invoices.send",
    "saved_view": "views.share",
    "saved_view_renew": "views.share",
    "saved_view_delete": "views.share",
}
# What an address must be asked with before there is something to answer.
QUERIES = {
    "invoices:product_data": "?code=P-WORLD",
    "import_template": "?kind=customers&language=en",
}


def what_is_named(view_name: str) -> str:
    """Return which of the world's ids the address's object is."""
    fitting = [prefix for prefix in NAMED if view_name.startswith(prefix)]
    return NAMED[max(fitting, key=len)]


def site_lists() -> dict[str, ListEntry]:
    """Return the site's lists by key, without those that tests register for themselves."""
    _ = get_resolver().url_patterns  # imports the views, and these register their lists
    return {
        key: entry for key, entry in LISTS.items() if not entry.make.__module__.startswith("tests.")
    }

"""Who sees some customers only: of the others no page, file, sum or answer says anything."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from api import ids
from core import files, jobs
from core.imports import importer_of
from core.lists.exporting import EXPORT_LIST
from core.models import AuditEntry, Job, JobResult, JobRow, Membership, Team, Tenant, User
from core.models.job import RowState
from core.operations.imports import choose_columns, start_import
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from customers.operations import BadOwner, CodeTaken, CustomerDraft, assign_owner, create_customer
from invoices.models import Invoice
from invoices.operations.import_bills import ImportedBill, import_bills
from ledger.models import OpenItem
from reports.queries import Question, control_balances, totals_of
from tests.api.conftest import Program, make_key
from tests.api.test_matrix import HANDLERS
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.opened import seen_at
from tests.test_access_matrix import MISSING, STAFF, address, ask
from tests.world import DAY, QUERIES, build_world, what_is_named

pytestmark = pytest.mark.django_db
# Of the world: what belongs to its customer, and to somebody else's work.
HIDDEN = {
    *("customer", "draft", "bill", "item", "receipt", "receipt_item", "allocation", "message"),
    *("attachment", "schedule", "charge", "link", "job", "import"),
}
SAID = ("customer", "line", "bill", "contact", "subject", "body", "schedule", "charge", "file")
CODE = "ZZ-UNSEEN"


@pytest.fixture
def world(tenant: Tenant, members: dict[str, User]) -> dict[str, int]:
    """Return the ids of one of everything, of a customer nobody owns."""
    found = build_world(tenant)
    with tenant_scope(tenant.pk):
        Customer.objects.filter(pk=found["customer"]).update(code=CODE)
    return found


@pytest.fixture
def seller(tenant: Tenant, world: dict[str, int]) -> User:
    """Return somebody who may do all but an admin's work, with a customer and a bill of their own.

    The bill is of 70.00, due on the second day.
    """
    person = User.objects.create_user("seller@acme.test")
    roles = [role.value for role in Role if role != Role.ADMIN]
    Membership.objects.create(tenant=tenant, user=person, roles=roles, data_scope="OWN")
    with tenant_scope(tenant.pk):
        own = CustomerFactory(name="Own customer", owner=person)
        bills = [ImportedBill(own, "MINE-1", DAY, DAY, Decimal(70), "CNY", "mine")]
        import_bills(bills=bills, at=NOON, actor=None)
    return person


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def needles() -> list[str]:
    return [*(f"OURS {what}" for what in SAID), "OURS-1", CODE]


def test_what_belongs_to_an_unseen_customer_is_as_missing(
    tenant: Tenant, world: dict[str, int], seller: User
) -> None:
    client, told, count = signed_in(seller), [], 0
    for path, name, entry in STAFF:
        if path.count("<") < 2 or "<uuid:" in path or what_is_named(name) not in HIDDEN:
            continue
        if not Membership.objects.get(user=seller).allows(entry.callback.policy.permission):
            continue
        answers = {}
        for method in ("get", "post"):
            count += 1
            answers[method] = ask(client, method, address(path, tenant.slug, name, world))
            status, body = answers[method]
            if status not in {404, 405} or any(word in body for word in needles()):
                told.append(f"{method} {path}: {status}")
        method = "get" if answers["get"][0] == 404 else "post"
        missing = ask(client, method, address(path, tenant.slug, name, None))
        if re.sub(r"\d+", "", answers[method][1]) != re.sub(r"\d+", "", missing[1]):
            told.append(f"{path} differs from missing")
    assert told == []
    assert count > 60


def every_page(tenant: Tenant) -> list[str]:
    """Return all pages that name no object, lists as files too, and searches for the unseen."""
    found = []
    for path, name, _entry in STAFF:
        if path.count("<") == 1:
            plain = address(path, tenant.slug, name, None)
            found += [plain + QUERIES.get(name, "")]
            if name.endswith((":list", ":runs", ":charges", ":products", ":schedules")):
                found += [f"{plain}?export=csv", f"{plain}?q=OURS"]
    base = f"/t/{tenant.slug}"
    for text in ("OURS", CODE, "OURS-1", "50.00", "kehu", ""):
        found.append(f"{base}/search/?q={text}")
        found.append(f"{base}/customers/search/?q={text}")
    return [
        *found,
        f"{base}/reports/aging/?by=item",
        f"{base}/reports/aging/?export=csv",
        f"{base}/reports/aging/?as_of=2026-03-31&known=2026-03-31",
    ]


def test_no_page_or_file_says_anything_of_an_unseen_customer(
    tenant: Tenant, world: dict[str, int], seller: User, members: dict[str, User]
) -> None:
    client, boss = signed_in(seller), signed_in(members["ADMIN"])
    told, heard, mine = [], set[str](), 0
    known = {"OURS customer", "OURS-1", CODE, "OURS subject", "OURS schedule"}
    for url in every_page(tenant):
        status, body = ask(client, "get", url)
        asked = re.search(r"q=([^&]*)", url)
        if asked and asked[1]:  # the page shows what was asked for
            body = body.replace(asked[1], "") if asked[1] != "OURS" else body
        told += [(url, word) for word in needles() if word in body]
        mine += "Own customer" in body or "MINE-1" in body
        assert status != 500, url
        if not known <= heard:  # the positive control
            everything = ask(boss, "get", url)[1]
            heard |= {word for word in needles() if word in everything}
    assert told == []
    assert mine > 8
    assert known <= heard


def test_no_answer_of_the_api_says_anything_of_an_unseen_customer(
    tenant: Tenant, world: dict[str, int], seller: User, members: dict[str, User]
) -> None:
    key, boss = Program(make_key(tenant, seller)), Program(make_key(tenant, members["ADMIN"]))
    told, heard = [], ""
    for path, method, _view in HANDLERS:
        if method != "get" or "<" in path:
            continue
        heard += boss.client.get(f"/api/v1/{path}", headers=boss.headers).content.decode()
        body = key.client.get(f"/api/v1/{path}", headers=key.headers).content.decode()
        told += [(path, word) for word in needles() if word in body]
    assert told == []
    assert all(word in heard for word in ("OURS customer", CODE, "OURS charge"))
    unseen = ids.written(ids.CUSTOMER, world["customer"])
    key.get(f"customers/{unseen}/", status=404)
    lines = [{"description": "x", "quantity": "1", "unit_price": "1.00"}]
    body = {"customer": unseen, "lines": lines}
    missing = body | {"customer": ids.written(ids.CUSTOMER, MISSING)}
    refused = key("post", "invoices/", body, status=422)
    assert (
        refused.json()["errors"] == key("post", "invoices/", missing, status=422).json()["errors"]
    )


def test_ids_in_bodies_reach_nothing_unseen(
    tenant: Tenant, world: dict[str, int], seller: User
) -> None:
    client, base = signed_in(seller), f"/t/{tenant.slug}"
    before = AuditEntry._base_manager.count()
    for path, fields in {
        "invoices/new/": {"customer": world["customer"]},
        "invoices/charges/new/": {"customer": world["customer"], "description": "x"},
        "payments/new/": {"customer": world["customer"], "amount": "1"},
        "customers/assign/": {"selected": world["customer"], "owner": seller.pk},
        "invoices/send-many/": {"selected": world["bill"]},
    }.items():
        answer = client.post(f"{base}/{path}", fields)
        assert answer.status_code in {302, 404, 409, 422}, path
        assert not any(word in answer.content.decode() for word in needles()), path
    with tenant_scope(tenant.pk):
        assert Invoice.objects.count() == 3
        assert Customer.objects.get(pk=world["customer"]).owner is None
        assert Job.objects.filter(created_by=seller).count() == 0
    assert AuditEntry._base_manager.count() == before


def test_sums_are_those_of_the_own_customers(
    tenant: Tenant, world: dict[str, int], seller: User
) -> None:
    with tenant_scope(tenant.pk):
        own = OpenItem.objects.filter(customer__owner=seller).values_list("open_amount", flat=True)
        assert list(own) == [Decimal(70)]
    for known in (None, NOON):
        for as_of in (DAY, date(2026, 12, 31)):
            question = Question(as_of=as_of, known=known)
            with tenant_scope(tenant.pk, viewer=seller.pk):
                [row] = totals_of(question)
                assert row.total == Decimal(70)
                assert control_balances(as_of=as_of, known=known) == {"CNY": Decimal(70)}
            with tenant_scope(tenant.pk):
                [row] = totals_of(question)
                assert control_balances(as_of=as_of, known=known) == {"CNY": row.total}
                assert row.total == Decimal(70 + 50 - 30)


def test_a_job_runs_in_the_scope_of_whoever_started_it(
    tenant: Tenant, world: dict[str, int], seller: User, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    with tenant_scope(tenant.pk):
        params = {"list": "customers", "kwargs": {}, "query": "", "columns": [], "format": "csv"}
        export = jobs.start(
            kind=EXPORT_LIST, title="x", rows=[(0, "x")], at=NOON, actor=seller, params=params
        )
        send = jobs.start(
            kind="send_invoices", title="x", rows=[(world["bill"], "x")], at=NOON, actor=seller
        )
    for job in (export, send):
        with tenant_scope(tenant.pk):
            assert jobs.work_off_one(job_id=job.pk, at=NOON)
    with tenant_scope(tenant.pk):
        row = JobRow.objects.get(job=export)
        assert (row.state, row.message.split(",")[0]) == (RowState.DONE, "1 row")
        assert JobRow.objects.get(job=send).state == RowState.SKIPPED
        with files.open_stored(JobResult.objects.get(job=export).file) as file:
            text = file.read().decode()
    assert "Own customer" in text
    assert CODE not in text


def test_whoever_sees_own_customers_only_owns_those_they_make(
    tenant: Tenant, world: dict[str, int], seller: User
) -> None:
    with tenant_scope(tenant.pk):
        CustomerFactory(code="C90041")
    with tenant_scope(tenant.pk, viewer=seller.pk):
        made = create_customer(draft=CustomerDraft(name="New"), at=NOON, actor=seller)
        assert (made.owner, made.code) == (seller, "C90042")  # numbers go on across the company
        with pytest.raises(CodeTaken) as refused:
            create_customer(draft=CustomerDraft(name="New", code=CODE), at=NOON, actor=seller)
        assert "OURS" not in str(refused.value.message)


def test_a_file_is_told_that_an_unseen_code_is_taken_and_no_more(
    tenant: Tenant, world: dict[str, int], seller: User
) -> None:
    with tenant_scope(tenant.pk, viewer=seller.pk):
        content = f"code,name\n{CODE},Mine\n".encode()
        made = start_import(
            importer=importer_of("customers"), content=content, name="x.csv", at=NOON, actor=seller
        )
        mapping = {"code": 0, "name": 1}
        choose_columns(file_import=made, mapping=mapping, date_format="", at=NOON, actor=seller)
        row = made.rows.get()
        assert (row.verdict, row.error_column) == ("ERROR", "code")
        assert "OURS" not in row.message


@pytest.fixture
def team(tenant: Tenant, members: dict[str, User]) -> list[User]:
    """Return two people of one team who see its customers."""
    with tenant_scope(tenant.pk):
        north = Team.objects.create(name="North")
    people = [members["BILLER"], members["CASHIER"]]
    for person in people:
        person.memberships.update(data_scope="TEAM", team=north)
    return people


def test_customers_are_given_to_colleagues_whom_one_may_choose(
    tenant: Tenant, members: dict[str, User], team: list[User]
) -> None:
    first, second = team
    with tenant_scope(tenant.pk):
        customer = CustomerFactory(owner=first)
        with pytest.raises(BadOwner):  # of another company
            assign_owner(customer=customer, owner=members["STRANGER"], at=NOON, actor=None)
    with tenant_scope(tenant.pk, viewer=first.pk):
        for owner in (members["ADMIN"], None):
            with pytest.raises(BadOwner):
                assign_owner(customer=customer, owner=owner, at=NOON, actor=first)
    url = f"/t/{tenant.slug}/customers/{customer.pk}/owner/"
    client = signed_in(first)
    page = client.get(url).content.decode()
    assert str(second) in page
    assert str(members["ADMIN"]) not in page
    assert client.post(url, {"owner": members["ADMIN"].pk}).status_code == 422
    assert client.post(url, {"owner": second.pk}).status_code == 302
    with tenant_scope(tenant.pk):
        customer.refresh_from_db()
        assert (customer.owner, customer.version) == (second, 2)
        entry = AuditEntry.objects.get(event="customer.owner_changed")
        assert entry.changes == {"owner": [str(first), str(second)]}
    first.memberships.update(data_scope="OWN")
    assert client.get(url).status_code == 404  # not theirs any more


def test_ticked_customers_are_given_by_a_job(
    tenant: Tenant, members: dict[str, User], team: list[User]
) -> None:
    with tenant_scope(tenant.pk):
        rows = [CustomerFactory(), CustomerFactory(owner=team[0])]
    client, url = signed_in(members["ADMIN"]), f"/t/{tenant.slug}/customers/assign/"
    chosen = {"selected": [row.pk for row in rows]}
    page = client.post(url, chosen).content.decode()
    assert page.count('type="hidden" name="selected"') == 2
    client.post(url, {**chosen, "owner": team[0].pk})
    with tenant_scope(tenant.pk):
        job = Job.objects.get()
    for _row in rows:
        with tenant_scope(tenant.pk):
            jobs.work_off_one(job_id=job.pk, at=NOON)
    with tenant_scope(tenant.pk):
        assert [row.state for row in JobRow.objects.order_by("position")] == ["DONE", "SKIPPED"]
        assert {row.owner for row in Customer.objects.all()} == {team[0]}


def test_scopes_and_teams_are_set_on_the_page_of_a_member(
    tenant: Tenant, members: dict[str, User]
) -> None:
    client, base = signed_in(members["ADMIN"]), f"/t/{tenant.slug}/settings/people"
    membership = Membership.objects.get(user=members["BILLER"])
    if client.get(f"{base}/{membership.pk}/").status_code != 200:
        pytest.fail("the page has moved")
    fields = {"roles": ["BILLER"], "is_active": "on"}

    def post(**more: Any) -> Membership | None:
        url = f"{base}/{membership.pk}/"
        answer = client.post(url, fields | more | seen_at(client, url))
        membership.refresh_from_db()
        return membership if answer.status_code == 302 else None

    assert post(data_scope="TEAM", team="") is None
    assert post(data_scope="OWN", roles=["ADMIN"]) is None
    saved = post(data_scope="TEAM", team="North")
    assert saved is not None
    assert (saved.data_scope, saved.viewer) == ("TEAM", members["BILLER"].pk)
    saved = post()  # what is not asked about stays
    assert saved is not None
    assert saved.data_scope == "TEAM"
    with tenant_scope(tenant.pk):
        assert [str(one) for one in Team.objects.all()] == ["North"]
    assert "Customers of the team North" in client.get(f"{base}/").content.decode()
    saved = post(data_scope="OWN", team="")
    assert saved is not None
    assert (saved.data_scope, saved.team) == ("OWN", None)
    with tenant_scope(tenant.pk):
        assert not Team.objects.exists()  # nobody is left in it

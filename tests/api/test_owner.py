"""Who looks after a customer: read and written through the API, and by a column of a file."""

from __future__ import annotations

from core.models import AuditEntry, Membership, User
from core.models.tenant import DataScope
from core.roles import Role
from customers.models import Customer
from messaging.models import WebhookDelivery
from messaging.operations.webhook_endpoints import create_endpoint
from tests.api.test_imports import send, work_off
from tests.conftest import NOON
from tests.factories import CustomerFactory


def test_written_and_read(admin, members, world) -> None:
    made = admin.post("customers/", {"name": "A", "owner": "Collector@acme.test"}).json()
    assert made["owner"] == "collector@acme.test"
    at = f"customers/{made['id']}/"
    world(
        lambda: create_endpoint(
            name="X", url="https://x.example.com/", events=["customer.updated"], at=NOON,
            actor=members["ADMIN"],
        )
    )  # fmt: skip
    etag = admin.get(at)["ETag"]
    assert admin.patch(at, {"owner": "biller@acme.test"}, If_Match=etag).json()["owner"] == (
        "biller@acme.test"
    )
    admin.patch(at, {"owner": None}, If_Match=etag, status=412)
    assert [one["id"] for one in admin.get("customers/?owner=biller@acme.test").json()["results"]]
    assert admin.patch(at, {"owner": None}).json()["owner"] is None
    assert admin.get("customers/?owner=biller@acme.test").json()["results"] == []
    assert len(admin.get("customers/?owner=none").json()["results"]) == 1
    assert admin.patch(at, {"note": "x"}).json()["owner"] is None
    assert world(WebhookDelivery.objects.count) == 3
    events = world(lambda: AuditEntry.objects.filter(event="customer.owner_changed").count())
    assert events == 2


def test_nobody_else_s_people(admin, members, world) -> None:
    world(lambda: Membership.objects.filter(user=members["BILLER"]).update(is_active=False))
    for address in ("stranger@rival.test", "biller@acme.test", "no one", "", 5):
        errors = admin.post("customers/", {"name": "A", "owner": address}, status=422).json()
        assert [one["pointer"] for one in errors["errors"]] == ["/owner"], address
    assert world(Customer.objects.count) == 0


def test_who_sees_their_own_gives_none_away(program, members, world) -> None:
    mine = world(lambda: CustomerFactory(owner=members["BILLER"]))
    world(
        lambda: Membership.objects.filter(user=members["BILLER"]).update(data_scope=DataScope.OWN)
    )
    biller, at = program(Role.BILLER), f"customers/cus_{mine.pk}/"
    for owner in (None, "admin@acme.test"):
        errors = biller.patch(at, {"owner": owner}, status=422).json()["errors"]
        assert [one["pointer"] for one in errors] == ["/owner"]
    assert biller.post("customers/", {"name": "B"}).json()["owner"] == "biller@acme.test"


def test_a_column_of_a_file(admin, members, world) -> None:
    world(lambda: CustomerFactory(code="OLD", name="Old", owner=members["ADMIN"]))
    for role, name in (("MANAGER", "Mei Lin"), ("CASHIER", "An Other"), ("AUDITOR", "An Other")):
        User.objects.filter(pk=members[role].pk).update(name=name)
    content = (
        "code,name,负责人邮箱\n"
        "NEW,New,BILLER@acme.test\n"
        "OLD,Old,collector@acme.test\n"
        "BAD,Bad,stranger@rival.test\n"
        "FREE,Free,\n"
        "NAMED,Named,mei lin\n"
        "TWO,Two,An Other\n"
    )
    at = send(admin, "customers", content)["Location"].removeprefix("/api/v1/")
    rows = {one["row"]: one for one in admin.get(f"{at}rows/").json()["results"]}
    assert [rows[number]["verdict"] for number in (2, 3, 4, 5)] == ["NEW", "UPDATE", "ERROR", "NEW"]
    assert rows[3]["changes"] == {"owner": ["admin@acme.test", "collector@acme.test"]}
    assert {rows[number]["error"]["column"] for number in (4, 7)} == {"owner"}
    admin.post(f"{at}commit/", {"with_updates": True}, status=202)
    work_off(world)
    owners = world(lambda: dict(Customer.objects.values_list("code", "owner__email")))
    assert owners == {
        "NEW": "biller@acme.test",
        "OLD": "collector@acme.test",
        "FREE": None,
        "NAMED": "manager@acme.test",
    }
    same = send(admin, "customers", content)["Location"].removeprefix("/api/v1/")
    assert admin.get(same).json()["counts"] == {"new": 0, "update": 0, "same": 4, "error": 2}

"""Bills through the API, from the draft to the mail, with every step refused where it must be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import pdf
from core.models import Tenant
from core.roles import Role
from customers.models import Contact
from invoices.models import Charge, Invoice, Product, TaxCode
from invoices.operations.store_document import store_document
from ledger.models import OpenItem
from messaging.models import OutboundMessage
from tests.api.conftest import Program
from tests.conftest import NOON
from tests.factories import (
    CustomerFactory,
    PaymentTermPartFactory,
    ProductFactory,
    TaxCodeFactory,
)


@pytest.fixture
def scene(world):
    """A customer with terms and a mailbox, a product, the usual tax code."""

    class Scene:
        def __init__(self) -> None:
            self.tax = TaxCodeFactory(is_default=True)
            self.product = ProductFactory(
                code="P-1", name="Hosting", unit="month", unit_price=Decimal("12.345678"),
                tax_code=self.tax,
            )  # fmt: skip
            term = PaymentTermPartFactory().term
            self.customer = CustomerFactory(terms=term, language="zh-hans")
            Contact.objects.create(
                customer=self.customer, name="AP", email="ap@customer.test", roles=["BILLING"]
            )
            self.id = f"cus_{self.customer.pk}"

    return world(Scene)


def price(amount: str, currency: str = "CNY") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def written(program: Program, scene, **more) -> dict:
    body = {"customer": scene.id, "lines": [{"description": "Work", "unit_price": price("100")}]}
    return program.post("invoices/", body | more).json()


def test_a_draft_with_lines(program, scene) -> None:
    biller = program(Role.BILLER)
    made = biller.post(
        "invoices/",
        {
            "customer": scene.id,
            "po_number": "PO-9",
            "discount": price("10"),
            "lines": [
                {"product": f"prd_{scene.product.pk}", "quantity": "3"},
                {
                    "description": "Travel",
                    "quantity": "1.5",
                    "unit_price": price("100.00"),
                    "discount_percent": "10",
                    "service_from": "2026-02-01",
                    "service_to": "2026-02-28",
                },
            ],
        },
    )
    said = made.json()
    assert made["Location"] == f"/api/v1/invoices/{said['id']}/"
    assert made["ETag"] == '"1"'
    assert (said["state"], said["number"], said["language"]) == ("DRAFT", "", "zh-hans")
    assert said["terms"] == f"trm_{scene.customer.terms_id}"
    hosting, travel = said["lines"]
    assert (hosting["description"], hosting["unit"]) == ("Hosting", "month")
    assert hosting["unit_price"] == price("12.345678")
    assert hosting["net"] == price("37.04")
    assert (travel["quantity"], travel["net"]) == ("1.5", price("135.00"))
    assert said["lines_amount"] == price("172.04")
    assert said["net"] == price("162.04")
    assert said["tax"] == price("21.07")
    assert said["total"] == price("183.11")
    assert said["taxes"] == [
        {"category": "S", "rate": "0.13", "base": price("162.04"), "tax": price("21.07")}
    ]
    assert said["open"] == price("0.00")
    assert biller.get(f"invoices/{said['id']}/").json() == said
    [listed] = biller.get("invoices/").json()["results"]
    assert {name: said[name] for name in listed} == listed
    assert "lines" not in listed


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"customer": None}, "/customer"),
        ({"lines": [{"unit_price": price("1")}]}, "/lines/0/description"),
        ({"lines": [{"description": "X"}]}, "/lines/0/unit_price"),
        ({"lines": [{"description": "X", "unit_price": price("1", "EUR")}]},
         "/lines/0/unit_price/currency"),
        ({"lines": [{"description": "X", "unit_price": price("1"), "quantity": 2}]},
         "/lines/0/quantity"),
        ({"lines": [{"description": "X", "unit_price": price("1"), "quantity": "1e3"}]},
         "/lines/0/quantity"),
        ({"lines": [{"description": "X", "unit_price": price("1"), "quantity": "0.0000001"}]},
         "/lines/0/quantity"),
        ({"lines": [{"description": "X", "unit_price": price("1"), "discount_percent": "101"}]},
         "/lines/0/discount_percent"),
        ({"lines": [{"description": "X", "unit_price": price("1"),
                     "service_from": "2026-02-02", "service_to": "2026-02-01"}]},
         "/lines/0/service_to"),
        ({"lines": [{"description": "X", "unit_price": price("1"),
                     "service_from": "2026-02-31"}]}, "/lines/0/service_from"),
        ({"lines": [{"description": "X", "unit_price": price("1"),
                     "service_from": "0001-01-01"}]}, "/lines/0/service_from"),
        ({"lines": [{"description": "X", "unit_price": price("1"),
                     "service_from": "9999-12-31"}]}, "/lines/0/service_from"),
        ({"lines": [{"description": "X", "unit_price": price("1"), "net": price("1")}]},
         "/lines/0/net"),
        ({"lines": [{"description": "X", "unit_price": price("999999999999"),
                     "quantity": "999999999999"}]}, "/lines"),
        ({"discount": price("100.01")}, "/discount"),
        ({"discount": price("-1")}, "/discount/amount"),
        ({"discount": price("1", "EUR")}, "/discount/currency"),
        ({"state": "ISSUED"}, "/state"),
        ({"number": "INV-1"}, "/number"),
        ({"total": price("1")}, "/total"),
        ({"lines": [{"description": "X", "unit_price": price("1")}] * 301}, "/lines"),
    ],
)  # fmt: skip
def test_what_cannot_be(program, scene, world, more, pointer) -> None:
    body = {"customer": scene.id, "lines": [{"description": "Work", "unit_price": price("100")}]}
    answer = program(Role.BILLER).post("invoices/", body | more, status=422)
    assert pointer in [one["pointer"] for one in answer.json()["errors"]], answer.content
    assert world(Invoice.objects.count) == 0


def test_change_part_of_a_draft(program, scene) -> None:
    biller = program(Role.BILLER)
    two = [{"description": name, "unit_price": price("100")} for name in ("A", "B")]
    said = written(biller, scene, lines=two, reference="R", discount=price("5"))
    path = f"invoices/{said['id']}/"
    changed = biller.patch(path, {"reference": "R2"}, If_Match='"1"')
    now = changed.json()
    assert {name for name in now if now[name] != said[name]} == {"reference", "version"}
    biller.patch(path, {"reference": "R3"}, If_Match='"1"', status=412)
    swapped = [
        {"id": said["lines"][1]["id"], "description": "B", "unit_price": price("50")},
        {"description": "C", "unit_price": price("1")},
    ]
    now = biller.patch(path, {"lines": swapped}).json()
    assert [one["description"] for one in now["lines"]] == ["B", "C"]
    assert now["lines"][0]["id"] == said["lines"][1]["id"], "a line that is kept keeps its id"
    assert now["net"] == price("46.00")
    biller.patch(path, {"lines": [swapped[0], swapped[0]]}, status=422)
    biller("delete", path, status=412, If_Match='"1"')
    biller("delete", path, status=204)
    biller.get(path, status=404)


def test_what_is_not_in_use_is_refused_unless_it_was_there(program, scene, world) -> None:
    biller = program(Role.BILLER)
    line = {"product": f"prd_{scene.product.pk}", "tax_code": f"tax_{scene.tax.pk}"}
    said = written(biller, scene, lines=[line])
    charge = {"customer": scene.id, "service_date": "2026-02-01"} | line
    waiting = biller.post("charges/", charge).json()["id"]
    world(lambda: Product.objects.update(is_active=False))
    world(lambda: TaxCode.objects.update(is_active=False))

    kept = line | {"id": said["lines"][0]["id"], "quantity": "2"}
    path = f"invoices/{said['id']}/"
    assert biller.patch(path, {"lines": [kept]}).json()["lines"][0]["quantity"] == "2"
    biller.patch(f"charges/{waiting}/", {"quantity": "2"})
    plain = {"description": "X", "unit_price": price("1")}
    for body, pointer in (
        ({"lines": [line]}, "/lines/0/product"),
        ({"lines": [plain | {"tax_code": line["tax_code"]}]}, "/lines/0/tax_code"),
    ):
        for call in (
            lambda body=body: biller.patch(path, body, status=422),
            lambda body=body: biller.post("invoices/", body | {"customer": scene.id}, status=422),
        ):
            assert [one["pointer"] for one in call().json()["errors"]] == [pointer]
    refused = biller.post("charges/", charge, status=422).json()
    assert [one["pointer"] for one in refused["errors"]] == ["/product"]


def test_changing_a_charge_locks_the_account_first(program, scene, world) -> None:
    biller = program(Role.BILLER)
    body = {"customer": scene.id, "service_date": "2026-02-01", "description": "X"}
    charge = biller.post("charges/", body | {"unit_price": price("1")}).json()["id"]
    with CaptureQueriesContext(connection) as caught:
        biller.patch(f"charges/{charge}/", {"quantity": "2"})
    locked = [one["sql"] for one in caught if "FOR NO KEY UPDATE" in one["sql"] or
              "FOR UPDATE" in one["sql"]]  # fmt: skip
    tables = [name for sql in locked for name in ("customers_customer", "invoices_charge")
              if f'FROM "{name}"' in sql]  # fmt: skip
    assert tables[:2] == ["customers_customer", "invoices_charge"]


def test_a_charge_is_billed_once(program, scene, world) -> None:
    biller = program(Role.BILLER)
    charge = biller.post(
        "charges/",
        {
            "customer": scene.id, "service_date": "2026-03-01", "external_key": "meter-1",
            "product": f"prd_{scene.product.pk}", "quantity": "2",
        },
    ).json()  # fmt: skip
    assert charge["invoice"] is None
    assert charge["unit_price"] == price("12.345678")
    assert biller.patch(f"charges/{charge['id']}/", {"quantity": "4"}).json()["quantity"] == "4"
    line = {"description": "Meter", "unit_price": price("1"), "charge": charge["id"]}
    invoice = written(biller, scene, lines=[line])
    assert biller.get(f"charges/{charge['id']}/").json()["invoice"] == invoice["id"]
    body = {"customer": scene.id, "lines": [line]}
    assert biller.post("invoices/", body, status=409).json()["code"] == "charge_taken"
    assert biller.patch(f"charges/{charge['id']}/", {}, status=409).json()["code"] == "charge_taken"
    biller("delete", f"charges/{charge['id']}/", status=409)
    assert biller.get("charges/?waiting=true").json()["results"] == []
    same_key = {
        "customer": scene.id, "service_date": "2026-03-01", "external_key": "meter-1",
        "description": "X", "unit_price": price("1"),
    }  # fmt: skip
    assert biller.post("charges/", same_key, status=409).json()["code"] == "conflict"
    assert world(Charge.objects.count) == 1


def test_products(program, scene) -> None:
    biller = program(Role.BILLER)
    body = {
        "code": "N",
        "name": "New",
        "unit_price": price("1.5"),
        "tax_code": f"tax_{scene.tax.pk}",
    }
    made = biller.post("products/", body).json()
    assert made["unit_price"] == price("1.50")
    taken = biller.post("products/", body | {"code": "n"}, status=422)
    assert taken.json()["errors"][0]["pointer"] == "/code"
    now = biller.patch(f"products/{made['id']}/", {"name": "Newer", "is_active": False}).json()
    assert now == made | {"name": "Newer", "is_active": False}
    assert [one["id"] for one in biller.get("products/?is_active=true").json()["results"]] == [
        f"prd_{scene.product.pk}"
    ]
    codes = biller.get("tax-codes/").json()["results"]
    assert codes[0]["rate"] == "0.13"


@pytest.fixture
def documents(monkeypatch, tmp_path, settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(pdf, "render", lambda html, **_k: b"%PDF " + html.encode())


def issued(biller: Program, approver: Program, scene) -> dict:
    path = f"invoices/{written(biller, scene)['id']}/"
    biller.post(path + "submit/", status=200)
    approver.post(path + "approve/", status=200)
    return biller.post(path + "issue/", status=200).json()


def test_review_and_issue(program, scene) -> None:
    biller, approver = program(Role.BILLER), program(Role.APPROVER)
    path = f"invoices/{written(biller, scene)['id']}/"
    assert approver.post(path + "approve/", status=409).json()["code"] == "wrong_state"
    assert biller.post(path + "submit/", status=200).json()["state"] == "IN_REVIEW"
    assert biller.post(path + "withdraw/", status=200).json()["state"] == "DRAFT"
    biller.post(path + "submit/", status=200)
    approver.post(path + "return/", {"reason": "OTHER"}, status=422)
    back = approver.post(path + "return/", {"reason": "PRICE", "comment": "too low"}, status=200)
    assert back.json()["return_comment"] == "too low"
    now = biller.post(path + "submit/", status=200)
    approver.post(path + "approve/", status=412, If_Match='"1"')
    approved = approver.post(path + "approve/", status=200, If_Match=now["ETag"])
    assert approved.json()["state"] == "APPROVED"
    biller.post(path + "issue/", status=412, If_Match=now["ETag"])
    said = biller.post(path + "issue/", status=200, If_Match=approved["ETag"]).json()
    assert said["state"] == "ISSUED"
    assert said["number"]
    [part] = said["instalments"]
    assert part["open"] == part["amount"] == said["open"] == price("113.00")
    assert biller.get(f"open-items/{part['item']}/").json()["label"] == said["number"]
    assert biller.patch(path, {"note": "x"}, status=409).json()["code"] == "wrong_state"
    biller("delete", path, status=409)


@pytest.mark.usefixtures("documents")
def test_sent_with_its_document(program, scene, world) -> None:
    biller = program(Role.BILLER)
    said = issued(biller, program(Role.APPROVER), scene)
    path = f"invoices/{said['id']}/"
    assert biller.post(path + "send/", {}, status=409).json()["code"] == "no_document"
    world(lambda: store_document(int(said["id"][4:]), NOON))
    document = biller.get(path + "document/")
    assert document["Content-Type"] == "application/pdf"
    assert document.content.startswith(b"%PDF")
    sent = biller.post(path + "send/", {"not_before": "2030-01-01T08:00:00+08:00"}, status=202)
    assert sent["Location"] == f"/api/v1/{path}deliveries/"
    [delivery] = sent.json()["results"]
    assert (delivery["email"], delivery["state"]) == ("ap@customer.test", "QUEUED")
    assert biller.get(path + "deliveries/").json() == sent.json()
    [message] = world(lambda: list(OutboundMessage.objects.all()))
    assert message.next_attempt_at.isoformat() == "2030-01-01T00:00:00+00:00"
    assert biller.post(path + "send/", {}, status=409).json()["code"] == "already_sent"
    again = {"again": True, "recipients": [{"email": "cfo@customer.test"}]}
    assert len(biller.post(path + "send/", again, status=202).json()["results"]) == 2
    biller.post(path + "send/", {"recipients": [{"email": "a@b.test,c@d.test"}]}, status=422)
    biller.post(path + "send/", {"recipients": []}, status=422)


@pytest.mark.usefixtures("documents")
def test_voided(program, scene, world) -> None:
    biller, approver = program(Role.BILLER), program(Role.APPROVER)
    path = f"invoices/{issued(biller, approver, scene)['id']}/"
    approver.post(path + "void/", {"reason": " "}, status=422)
    biller.post(path + "void/", {"reason": "x"}, status=403)
    voided = approver.post(path + "void/", {"reason": "wrong customer"}, status=200).json()
    assert (voided["state"], voided["open"]) == ("VOID", price("0.00"))
    assert world(lambda: OpenItem.objects.open().count()) == 0
    assert (
        approver.post(path + "void/", {"reason": "x"}, status=409).json()["code"] == "wrong_state"
    )


def test_nobody_approves_their_own_work(admin, scene) -> None:
    said = written(admin, scene)
    path = f"invoices/{said['id']}/"
    admin.post(path + "submit/", status=200)
    refused = admin.post(path + "approve/", status=403)
    assert refused.json()["code"] == "own_work"
    assert admin.get(path).json()["state"] == "IN_REVIEW"


def test_unless_the_company_lets_authors_approve(admin, scene, world, tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(needs_second_person=False)
    path = f"invoices/{written(admin, scene)['id']}/"
    admin.post(path + "submit/", status=200)
    assert admin.post(path + "approve/", status=200).json()["state"] == "APPROVED"
    assert world(Invoice.objects.get).is_self_approved


def test_checks_that_block_are_named(program, scene) -> None:
    biller = program(Role.BILLER)
    said = written(biller, scene, lines=[])
    refused = biller.post(f"invoices/{said['id']}/submit/", status=409).json()
    assert refused["code"] == "checks_failed"
    assert refused["errors"][0]["code"]


def test_filters_are_those_of_the_page(program, scene, world) -> None:
    biller = program(Role.BILLER)
    first = written(biller, scene, reference="Alpha")
    second = written(biller, scene, lines=[{"description": "X", "unit_price": price("7")}])
    biller.post(f"invoices/{first['id']}/submit/", status=200)

    def found(query: str) -> list[str]:
        return [one["id"] for one in biller.get(f"invoices/?{query}").json()["results"]]

    assert found("view=drafts") == [second["id"]]
    assert found("view=review") == [first["id"]]
    assert found("q=Alpha") == [first["id"]]
    assert found("total_max=10") == [second["id"]]
    assert found(f"customer={scene.id}") == [second["id"], first["id"]]
    assert found("customer=cus_999999") == []
    assert found("issued_after=2026-01-01") == []
    for wrong in ("customer=1", "customer=inv_1", "issued_after=31.12.2026", "total_min=1,000",
                  "view=all", "source=X"):  # fmt: skip
        refused = biller.get(f"invoices/?{wrong}", status=400).json()
        assert refused["errors"][0]["parameter"] == wrong.split("=")[0]


def test_default_tax_is_needed(program, scene, world) -> None:
    world(lambda: TaxCode.objects.update(is_default=False))
    body = {"customer": scene.id, "lines": [{"description": "X", "unit_price": price("1")}]}
    refused = program(Role.BILLER).post("invoices/", body, status=422).json()
    assert refused["errors"][0]["pointer"] == "/lines/0/tax_code"

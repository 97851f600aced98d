"""The settings of apps above core: payment terms, tax codes, periods."""

from decimal import Decimal

import pytest

from core.models import AuditEntry
from core.tenancy import tenant_scope
from customers.models import PaymentTerm
from customers.operations.terms import PartDraft, TermInUse, save_term
from invoices.models import TaxCode
from ledger.models import Period
from tests.conftest import NOON
from tests.factories import (
    CustomerFactory,
    PaymentTermFactory,
    PaymentTermPartFactory,
    ProductFactory,
    TaxCodeFactory,
)
from tests.opened import seen_at

pytestmark = pytest.mark.django_db
AT = "/t/acme/settings/"


@pytest.fixture
def admin(client, members):
    client.force_login(members["ADMIN"])
    return client


def entries(tenant, event):
    with tenant_scope(tenant.pk):
        return list(AuditEntry.objects.filter(event=event).order_by("pk"))


def term_data(*rows, **fields):
    data = {"name": "Thirds", "is_active": "on"} | fields
    data |= {"parts-TOTAL_FORMS": len(rows), "parts-INITIAL_FORMS": 0}
    for at, row in enumerate(rows):
        data |= {f"parts-{at}-{name}": value for name, value in row.items()}
    return data


def test_terms_are_added_in_parts(admin, tenant):
    data = term_data(
        {"weight": 1, "days": 10}, {}, {"weight": 2, "months": 1, "end_of_month": "on"}
    )
    assert admin.post("/t/acme/settings/terms/new/", data).status_code == 302
    with tenant_scope(tenant.pk):
        parts = PaymentTerm.objects.get().parts.order_by("position")
        assert [(p.position, p.weight, p.months, p.days, p.end_of_month) for p in parts] == [
            (1, 1, 0, 10, False),
            (2, 2, 1, 0, True),
        ]
    page = admin.get("/t/acme/settings/terms/").content.decode()
    assert "33.33 % after 10 days" in page


def test_only_one_term_is_the_default(admin, tenant):
    with tenant_scope(tenant.pk):
        first = PaymentTermFactory(is_default=True)
    data = term_data({"weight": 1}, is_default="on")
    assert admin.post("/t/acme/settings/terms/new/", data).status_code == 302
    with tenant_scope(tenant.pk):
        first.refresh_from_db()
        assert not first.is_default
    data = term_data({"weight": 1}, name="Other", is_default="on", is_active="")
    assert admin.post("/t/acme/settings/terms/new/", data).status_code == 422
    assert admin.post("/t/acme/settings/terms/new/", term_data(name="None")).status_code == 422
    again = admin.post("/t/acme/settings/terms/new/", term_data({"weight": 1}))
    assert "of this name already" in str(again.context["form"].errors["name"])


def test_the_parts_of_terms_in_use_stay(admin, tenant):
    with tenant_scope(tenant.pk):
        term = PaymentTermPartFactory(days=30).term
    url = f"/t/acme/settings/terms/{term.pk}/"
    changed = term_data({"weight": 1, "days": 31}) | seen_at(admin, url)
    assert admin.post(url, changed).status_code == 302
    with tenant_scope(tenant.pk):
        assert term.parts.get().days == 31
        CustomerFactory(terms=term)
    renamed = term_data({"weight": 1, "days": 99}, name="Renamed") | seen_at(admin, url)
    answer = admin.post(url, renamed)
    assert answer.status_code == 302
    with tenant_scope(tenant.pk):
        term.refresh_from_db()
        assert (term.name, term.parts.get().days) == ("Renamed", 31)
        with pytest.raises(TermInUse):
            save_term(
                term=term,
                name="Renamed",
                is_default=False,
                is_active=True,
                parts=[PartDraft(1, days=99)],
                at=NOON,
                actor=None,
            )


TAX = {"name": "VAT 10%", "category": "S", "percent": "10", "is_active": "on"}


def test_tax_codes_are_added_and_the_rate_of_a_used_one_stays(admin, tenant):
    assert admin.post("/t/acme/settings/taxes/new/", TAX).status_code == 302
    with tenant_scope(tenant.pk):
        code = TaxCode.objects.get()
        assert code.rate == Decimal("0.1")
    url = f"/t/acme/settings/taxes/{code.pk}/"
    admin.post(url, TAX | {"percent": "10.5"} | seen_at(admin, url))
    with tenant_scope(tenant.pk):
        code.refresh_from_db()
        assert code.rate == Decimal("0.105")
        ProductFactory(tax_code=code)
    renamed = TAX | {"percent": "11", "name": "Old"} | seen_at(admin, url)
    assert admin.post(url, renamed).status_code == 302
    with tenant_scope(tenant.pk):
        code.refresh_from_db()
        assert (code.name, code.rate) == ("Old", Decimal("0.105"))
    (first, second) = entries(tenant, "tax_code.changed")
    assert set(first.changes) == {"rate"}
    assert set(second.changes) == {"name"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"percent": "100"}, "percent"),
        ({"percent": "-1"}, "percent"),
        ({"percent": "13,5"}, "percent"),
        ({"category": "Z"}, "percent"),
        ({"category": "AE", "percent": "0"}, "exemption_reason"),
        ({"is_default": "on", "is_active": ""}, "is_default"),
    ],
)
def test_bad_tax_codes_are_refused_at_the_field(admin, changes, field):
    answer = admin.post("/t/acme/settings/taxes/new/", TAX | changes)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]


def test_a_new_default_tax_code_replaces_the_old_one(admin, tenant):
    with tenant_scope(tenant.pk):
        old = TaxCodeFactory(is_default=True)
    assert admin.post("/t/acme/settings/taxes/new/", TAX | {"is_default": "on"}).status_code == 302
    with tenant_scope(tenant.pk):
        old.refresh_from_db()
        assert not old.is_default


def test_periods_are_closed_reopened_with_a_reason_and_closed_again(admin, tenant):
    url = AT + "periods/"
    assert admin.post(url + "close/", {"last_day": "2026-01-31"}).status_code == 302
    assert admin.post(url + "close/", {"last_day": "2026-01-15"}).status_code == 422
    assert admin.post(url + "close/", {"last_day": "2099-01-15"}).status_code == 422
    with tenant_scope(tenant.pk):
        period = Period.objects.get()
    assert admin.post(url + f"{period.pk}/close-again/").status_code == 404
    assert admin.post(url + f"{period.pk}/reopen/", {"reason": ""}).status_code == 422
    assert admin.post(url + f"{period.pk}/reopen/", {"reason": "Late bill"}).status_code == 302
    assert "Late bill" in admin.get(url).content.decode()
    assert admin.post(url + f"{period.pk}/close-again/").status_code == 302
    with tenant_scope(tenant.pk):
        period.refresh_from_db()
        assert period.is_closed
    assert [e.reason for e in entries(tenant, "period.reopened")] == ["Late bill"]

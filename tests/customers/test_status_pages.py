"""Holding, pausing and archiving by page, and who may what."""

from __future__ import annotations

from datetime import timedelta

from core.tenancy import tenant_scope
from tests.customers.ledger_helpers import bill
from tests.customers.pages import make, text, url


def test_hold_asks_for_a_reason_and_release_ends_it(as_admin, tenant):
    customer = make(tenant)

    assert as_admin.post(url(f"{customer.pk}/hold/"), {"reason": ""}).status_code == 422
    assert as_admin.post(url(f"{customer.pk}/hold/"), {"reason": "Late"}).status_code == 302
    assert "On hold" in text(as_admin.get(url(f"{customer.pk}/")))
    again = as_admin.post(url(f"{customer.pk}/hold/"), {"reason": "Late"})
    assert again.status_code == 422
    assert "meanwhile" in text(again)
    assert as_admin.post(url(f"{customer.pk}/release/")).status_code == 302


def test_reminders_are_paused_and_resumed_by_page(as_admin, tenant, today):
    customer = make(tenant)
    until = today + timedelta(days=5)

    paused = as_admin.post(url(f"{customer.pk}/pause/"), {"reason": "Promise", "until": until})
    assert paused.status_code == 302
    assert "Promise" in text(as_admin.get(url(f"{customer.pk}/")))
    assert as_admin.post(url(f"{customer.pk}/resume/")).status_code == 302
    assert as_admin.post(url(f"{customer.pk}/resume/")).status_code == 422


def test_an_open_account_is_not_archived_by_page(as_admin, tenant):
    customer = make(tenant)
    with tenant_scope(tenant.pk):
        bill(customer, "1.00")
    response = as_admin.post(url(f"{customer.pk}/archive/"))
    assert response.status_code == 422
    assert "still open" in text(response)
    page = as_admin.get(url(f"{customer.pk}/"))
    assert "so it cannot be archived" in text(page)
    assert url(f"{customer.pk}/archive/") not in page.content.decode()


def test_an_archived_customer_says_why_it_is_not_billed(as_admin, tenant):
    customer = make(tenant)
    new = f"/t/acme/invoices/new/?customer={customer.pk}"
    assert new in as_admin.get(url(f"{customer.pk}/")).content.decode()
    as_admin.post(url(f"{customer.pk}/archive/"))
    page = as_admin.get(url(f"{customer.pk}/"))
    assert new not in page.content.decode()
    assert "The customer is archived and cannot be billed." in text(page)


def test_who_may_what(client, tenant, members):
    customer = make(tenant)
    client.force_login(members["AUDITOR"])
    assert client.get(url(f"{customer.pk}/")).status_code == 200
    assert "/edit/" not in client.get(url(f"{customer.pk}/")).content.decode()
    assert client.get(url(f"{customer.pk}/edit/")).status_code == 403
    assert client.post(url("new/"), {"name": "X"}).status_code == 403
    client.force_login(members["BILLER"])
    assert client.post(url(f"{customer.pk}/pause/"), {"reason": "x"}).status_code == 403
    client.force_login(members["STRANGER"])
    assert client.get(url(f"{customer.pk}/")).status_code == 404

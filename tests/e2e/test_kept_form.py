"""A form sent after the session ended: typed once, signed in again, saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from core.models import Membership, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.conftest import make_tenant
from tests.e2e.conftest import PASSWORD, Site, save, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
NAME = "江南贸易 <b>&amp;</b>"


def test_what_was_typed_is_saved_after_signing_in_again(
    site: Site, new_page: Callable[..., Page]
) -> None:
    tenant, page = make_tenant("yuanfan", name="Yuanfan"), new_page()
    person = User.objects.create_user("admin@yuanfan.test", PASSWORD)
    Membership.objects.create(tenant=tenant, user=person, roles=[Role.ADMIN])
    sign_in(page, site, person.email)
    page.goto(f"{site.url}/t/{tenant.slug}/customers/new/")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=note]").fill("one\ntwo")
    Session.objects.all().delete()

    save(page)
    page.wait_for_url("**/login/**")
    page.locator("[name=login]").fill(person.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button.btn-primary[type=submit]").click()
    page.get_by_role("button", name="Send what I typed").click()

    expect(page.locator("h1")).to_contain_text(NAME)
    with tenant_scope(tenant.pk):
        made = Customer.objects.get()
        assert (made.name, made.note.replace("\r\n", "\n")) == (NAME, "one\ntwo")

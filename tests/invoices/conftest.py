"""Who works on bills, and where documents are kept and drawn in tests."""

import pytest
from django.core.cache import cache

from core import pdf
from core.tenancy import tenant_scope
from tests.invoices.pages import People


@pytest.fixture
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    settings.SITE_URL = "https://bills.test"
    cache.clear()


@pytest.fixture
def fake_pdf(monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda html, **_k: b"%PDF " + html.encode())


@pytest.fixture
def as_(members) -> People:
    return People(members)


@pytest.fixture
def world(tenant, other_tenant, members):
    """Make rows inside a scope of its own, so that requests are real."""

    class World:
        def __call__(self, act):  # noqa: ANN204 - whatever the act gives
            with tenant_scope(tenant.pk):
                return act()

        biller, approver = members["BILLER"], members["APPROVER"]

    return World()

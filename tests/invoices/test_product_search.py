"""Products are found by code, name, pinyin and initials: in the palette, the editor, the list."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client

from core.models import Tenant
from core.tenancy import tenant_scope
from invoices.models import Product, TaxCode
from invoices.operations.products import add_products, save_product
from invoices.search import CANDIDATES
from invoices.views import choices
from tests.conftest import NOON
from tests.factories import ProductFactory, TaxCodeFactory
from tests.invoices.pages import URL, D


def add(names: Iterable[tuple[str, str]]) -> list[Product]:
    """Add products, given by code and name, as an import does."""
    tax = TaxCode.objects.first() or TaxCodeFactory()
    common = {"description": "", "unit": "", "unit_price": D(1), "currency": "CNY"}
    rows = [{"code": code, "name": name, "tax_code_id": tax.pk, **common} for code, name in names]
    return add_products(rows=rows, at=NOON, actor=None)


def offered(client: Client, text: str) -> list[str]:
    answer = client.get(f"{URL}choices/products/", {"q": text}).json()
    assert not answer["complete"]
    return [one["value"] for one in answer["products"]]


def in_palette(client: Client, text: str) -> list[str]:
    answer = client.get("/t/acme/search/", {"q": text}, headers={"hx-request": "true"})
    groups = answer.context["answer"].groups
    return [hit.shown.detail for group in groups if group.name == "product" for hit in group.hits]


@pytest.mark.parametrize("text", ["zxfw", "ZIXUN", "zixunfuwu", "咨询", "服务", "1001", "fw 10"])
def test_a_chinese_name_is_found_by_how_it_is_typed(world, as_, text: str) -> None:
    world(lambda: add([("1001", "咨询服务"), ("T-2", "培训"), ("T-3", "Support day")]))
    client = as_("BILLER")
    assert in_palette(client, text) == ["1001"]
    assert offered(client, text) == ["1001"]


def test_the_list_knows_initials_too(world, as_) -> None:
    world(lambda: add([("1001", "咨询服务"), ("T-2", "培训")]))
    page = as_("BILLER").get(f"{URL}products/", {"q": "zxfw"}).content.decode()
    assert "咨询服务" in page
    assert "培训" not in page


@pytest.mark.parametrize("typed", ["z", "Z", "zx-9", "ZX-9"])
def test_no_number_of_others_hides_the_exact_code(world, as_, monkeypatch, typed: str) -> None:
    """More share a part of it than are read, all in use, and none of them is the exact one."""
    others = [(f"A-{n:03}{typed}", f"Z{typed} 咨询 {n}") for n in range(CANDIDATES)]
    longer = [(f"{typed}{n:03}", "z") for n in range(CANDIDATES)]
    named = typed.lower().capitalize()

    def make() -> None:
        add([*others, *longer])
        ProductFactory(code=named, name="Zebra, striped, of the largest kind there is", unit="h")

    world(make)
    monkeypatch.setattr(choices, "MOST_PRODUCTS", 10)
    client = as_("BILLER")
    everything = client.get(f"{URL}choices/products/").json()
    assert everything == {"complete": False, "products": []}
    assert offered(client, typed)[0] == named
    assert in_palette(client, typed)[0] == named


def test_what_went_out_of_use_is_offered_to_no_line_and_hides_nothing(world, as_) -> None:
    def make() -> None:
        add((f"C{n:03}", "咨询") for n in range(CANDIDATES))
        Product.objects.update(is_active=False)
        add([("USED", "咨询服务 and a longer name")])

    world(make)
    client = as_("BILLER")
    assert offered(client, "zixun") == ["USED"]
    assert offered(client, "C007") == []
    assert in_palette(client, "C007") == ["C007"]
    assert in_palette(client, "zixun")[0] == "USED"


def test_a_new_name_or_code_renews_what_a_product_is_found_by(in_tenant: Tenant) -> None:
    tax = TaxCodeFactory()
    values = {
        "code": "K-1", "name": "咨询服务", "description": "", "unit": "", "unit_price": D(1),
        "currency": "CNY", "tax_code_id": tax.pk,
    }  # fmt: skip
    product = save_product(product=None, values=values, at=NOON, actor=None)
    assert Product.objects.get().search_key == " k-1 咨询服务 zixunfuwu zxfw "

    changes = {"name": "重庆培训", "code": "K-2"}
    save_product(product=product, values=values | changes, at=NOON, actor=None)
    key = Product.objects.get().search_key
    assert {"k-2", "cqpx", "chongqingpeixun"} <= set(key.split())
    assert not {"k-1", "zxfw"} & set(key.split())


def test_the_migration_fills_the_keys_of_every_company(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    for one, name in ((tenant, "咨询服务"), (other_tenant, "培训")):
        with tenant_scope(one.pk):
            ProductFactory(name=name)
            Product.objects.update(search_key="")

    import_module("invoices.migrations.0015_fill_product_search_keys").fill(apps, None)

    for one, initials in ((tenant, "zxfw"), (other_tenant, "px")):
        with tenant_scope(one.pk):
            assert f" {initials} " in Product.objects.get().search_key

"""What a name is found by: its letters, pinyin, initials, and the second reading of a character."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from core.models import Tenant
from core.search.keys import MOST_BYTES, MOST_VARIANTS, key_of, plain, spellings
from core.search.registry import Asked, Rank, rank_of
from core.tenancy import tenant_scope
from customers.models import Customer
from customers.operations import CustomerDraft, NewCustomer, create_customer, update_customer
from customers.operations.create import create_customers
from tests.conftest import NOON
from tests.factories import CustomerFactory


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("上海科技有限公司", {"shanghaikejiyouxiangongsi", "shkjyxgs"}),
        ("3M中国", {"3mzhongguo", "3mzg"}),
        ("吕氏", {"lvshi", "ls"}),
        ("Donghai Trading", set()),
        ("", set()),
        ("𠮷𠮷野家", {"𠮷𠮷yejia", "𠮷𠮷yj"}),  # characters without a known reading
    ],
)
def test_spellings(text: str, found: set[str]) -> None:
    assert set(spellings(text)) == found


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("重庆", "chongqing", "zhongqing"),
        ("单氏", "danshi", "shanshi"),
        ("银行", "yinhang", "yinxing"),
        ("长乐", "changle", "zhangyue"),
        ("厦门", "xm", "sm"),
    ],
)
def test_a_character_with_two_readings_is_found_by_both(text: str, one: str, other: str) -> None:
    assert {one, other} <= set(spellings(text))


def test_many_readings_make_a_bounded_key() -> None:
    worst = "重单行长乐厦都会曾仇" * 20
    assert len(spellings(worst)) <= 2 * MOST_VARIANTS
    assert len(key_of(worst, "ﷺ" * 60, "x" * 32).encode()) <= MOST_BYTES


def test_full_width_and_case_make_no_difference() -> None:
    assert plain("ＡＢＣ　Ｌｔｄ\t ") == "abc ltd"
    assert key_of("ＡＢＣ") == key_of("abc") == " abc "


@pytest.mark.parametrize(
    ("typed", "rank"),
    [
        ("上海科技", Rank.START),
        ("C0042", Rank.WORD),
        ("shkj", Rank.WORD),
        ("SHKJ", Rank.WORD),
        ("ShangHaiKeJi", Rank.WORD),
        ("科技", Rank.PART),
        ("kj", Rank.PART),
        ("shkj c0042", Rank.WORD),
        ("shkjx", None),
    ],
)
def test_how_well_a_key_fits(typed: str, rank: Rank | None) -> None:
    assert rank_of(key_of("上海科技有限公司", "C0042"), Asked(typed)) is rank


def test_customers_have_their_keys_however_they_come(in_tenant: Tenant) -> None:
    one = create_customer(draft=CustomerDraft(name="上海科技"), at=NOON, actor=None)
    [two] = create_customers(
        [NewCustomer(CustomerDraft(name="北京远帆", short_name="远帆", code="YF-1"))],
        at=NOON,
        actor=None,
    )
    assert " shkj " in one.search_key
    assert f" {one.code.lower()} " in one.search_key
    assert {" bjyf ", " yf ", " yf-1 "} <= {f" {part} " for part in two.search_key.split()}

    changed = update_customer(
        customer=one, version=one.version, changes={"name": "重庆科技"}, at=NOON, actor=None
    )
    changed.refresh_from_db()
    assert " cqkj " in changed.search_key
    assert "shkj" not in changed.search_key


def test_the_migration_fills_the_keys_of_every_company(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    for one, name in ((tenant, "上海科技"), (other_tenant, "重庆物流")):
        with tenant_scope(one.pk):
            CustomerFactory(name=name)
            Customer.objects.update(search_key="")

    import_module("customers.migrations.0003_fill_search_keys").fill(apps, None)

    for one, initials in ((tenant, "shkj"), (other_tenant, "cqwl")):
        with tenant_scope(one.pk):
            assert f" {initials} " in Customer.objects.get().search_key

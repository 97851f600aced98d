"""The palette: how long one answer takes in a company of many customers and bills."""

from __future__ import annotations

from datetime import datetime
from itertools import product

from django.urls import reverse

from billing_site.bench.bills import add_issued_bills
from billing_site.bench.company import add_customers, analyze, run_sql, scratch_company, vacuum
from billing_site.bench.pages import ask, signed_in
from billing_site.bench.timing import Figure
from core.bulk import text_array
from core.models import Tenant
from core.search import key_of
from core.tenancy import tenant_scope

CUSTOMERS = 100_000
PLACES = "上海 北京 深圳 广州 杭州 苏州 重庆 厦门 长沙 成都 武汉 南京 天津 西安 青岛 宁波"
FANCIES = "远帆 东海 恒信 博雅 华腾 金石 明德 瑞丰 盛世 天行 同创 云杉 长乐 重阳 安泰 百川"
TRADES = "科技 贸易 物流 医药 机械 电子 建材 食品 服装 传媒 环保 能源 软件 教育"
ASKED = {
    "search_nothing_typed": "",
    "search_letter": "s",
    "search_initials": "shyfkj",
    "search_part_of_initials": "yfkj",
    "search_pinyin": "donghaimaoyi",
    "search_characters": "恒信",
    "search_no_such_name": "zzzz",
    "search_code": "B004242",
    "search_number": "INV-2026-00042",
    "search_number_begins": "INV-2026",
    "search_number_short": "42",
    "search_order": "PO-4242",
    "search_amount": "1,030.56",
    "search_amount_near": "1031.07",
    "search_amount_large": "987654321.99",
}


def bench_search(n: int, at: datetime) -> list[Figure]:
    """Ask the palette in every way, among 100,000 customers and ``n`` issued bills."""
    with scratch_company(at) as tenant:
        add_customers(tenant, CUSTOMERS)
        _name_customers(tenant)
        analyze()
        add_issued_bills(tenant, n, at.date())
        vacuum()
        address = reverse("search", args=[tenant.slug])
        figures = []
        with signed_in(tenant, headers={"hx-request": "true"}) as client:
            for name, text in ASKED.items():
                figures += ask(client, name, address, {"q": text})
        return figures


def _name_customers(tenant: Tenant) -> None:
    """Give the customers names as companies have them, and what they are found by."""
    names = [
        f"{place}{fancy}{trade}有限公司"
        for place, fancy, trade in product(*map(str.split, (PLACES, FANCIES, TRADES)))
    ]
    with tenant_scope(tenant.pk):
        run_sql(
            """
            UPDATE customers_customer customer SET name = given.name, search_key =
                ' ' || lower(code) || given.key || tax_id || ' '
            FROM unnest(%(names)s::text[], %(keys)s::text[]) WITH ORDINALITY
                AS given (name, key, place)
            WHERE given.place = customer.id %% %(count)s + 1
            """,
            names=text_array(names),
            keys=text_array(key_of(name) for name in names),
            count=len(names),
        )

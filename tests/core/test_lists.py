"""The list pattern, shown on a list of customers."""

import csv
import io
import re
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.lists import keyset
from core.models import Tenant, User
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.list_site")]
URL = "/t/acme/demo/"


def make(count: int, start: int = 0, **fields: Any) -> list[Customer]:
    rows = [
        Customer(
            **(
                {
                    "code": f"C{n:04}",
                    "name": f"Customer {n % 7}",
                    "currency": ("CNY", "EUR", "JPY")[n % 3],
                    "credit_limit": None if n % 5 == 0 else Decimal(n * 10),
                    "reminders_paused_until": None if n % 4 else date(2026, 1, 1) + timedelta(n),
                    "created_at": NOON,
                }
                | fields
            )
        )
        for n in range(start, start + count)
    ]
    return Customer.objects.bulk_create(rows)


@pytest.fixture
def many(tenant: Tenant) -> Tenant:
    with tenant_scope(tenant.pk):
        make(173)
    return tenant


@pytest.fixture
def get(client: Client, members: dict[str, User]) -> Any:
    client.force_login(members["BILLER"])

    def fetch(query: str = "", **headers: str) -> Any:
        response = client.get(URL + query, headers=headers)
        assert response.status_code == 200, query
        return response

    return fetch


def codes(response: Any) -> list[str]:
    return re.findall(
        r'rowheader" data-label="Code"><a [^>]*>([^<]*)</a>', response.content.decode()
    )


def link(response: Any, rel: str) -> str:
    found = re.search(f'rel="{rel}" href="([^"]*)"', response.content.decode())
    return found[1].replace("&amp;", "&") if found else ""


def test_shows_the_page(get: Any, many: Tenant) -> None:
    response = get()
    assert len(codes(response)) == 50


def walk(get: Any, query: str, rel: str = "next") -> list[str]:
    found, response = [], get(query)
    while True:
        found.append(codes(response))
        target = link(response, rel)
        if not target:
            return [code for page in found for code in page]
        assert len(found) < 20
        response = get(target)


@pytest.mark.parametrize("sort", ["code", "name", "paused", "terms", "credit_limit", "created_at"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_walking_the_pages_gives_each_row_once_in_order(
    get: Any, many: Tenant, sort: str, sign: str
) -> None:
    whole = codes(get(f"?sort={sign}{sort}&size=200"))
    assert len(set(whole)) == 173
    assert walk(get, f"?sort={sign}{sort}&size=50") == whole


def test_reversing_the_order_reverses_the_rows(get: Any, many: Tenant) -> None:
    rising = codes(get("?sort=paused&size=200"))
    assert codes(get("?sort=-paused&size=200")) == rising[::-1]


def test_walking_back_gives_the_same_pages(get: Any, many: Tenant) -> None:
    first = get("?sort=-name")
    second = get(link(first, "next"))
    third = get(link(second, "next"))
    assert codes(get(link(third, "prev"))) == codes(second)
    assert codes(get(link(second, "prev"))) == codes(first)
    assert not link(first, "prev")


def test_says_where_the_page_lies(get: Any, many: Tenant) -> None:
    second = get(link(get(), "next"))
    assert "51–100 / 173" in second.content.decode()
    back = get(link(get(link(second, "next")), "prev"))
    assert "51–100 / 173" in back.content.decode()


def test_rows_that_come_meanwhile_repeat_and_hide_nothing(get: Any, many: Tenant) -> None:
    first = get("?sort=code")
    with tenant_scope(many.pk):
        for n in range(60):
            make(1, code=f"A{n:03}")
        Customer.objects.filter(code="C0060").delete()
    rest = walk(get, link(first, "next"))
    assert rest == [f"C{n:04}" for n in range(50, 173) if n != 60]


def test_a_cursor_of_ours_only(get: Any, many: Tenant) -> None:
    first = codes(get())
    target = link(get(), "next")
    cursor = re.search(r"after=([^&]+)", target)[1]  # type: ignore[index]
    assert codes(get(f"?after={cursor}")) != first
    for bad in (
        cursor[:-2],
        cursor[:-1] + ("A" if cursor[-1] != "A" else "B"),
        "0" * len(cursor),
        cursor.upper(),
        "x",
        "%00",
        "A" * 5000,
        "é",
        cursor + "==",
    ):
        assert codes(get(f"?after={bad}")) == first, bad
        assert codes(get(f"?before={bad}")) == first, bad
    assert codes(get(f"?sort=name&after={cursor}")) == codes(get("?sort=name"))


@pytest.mark.parametrize(
    "query",
    [
        "?page=1000000000",
        "?sort=password",
        "?sort=terms__tenant__slug",
        "?sort=-",
        "?sort=--code",
        "?sort=%00",
        "?size=1000000",
        "?size=-1",
        "?q=%00",
        "?q=" + "x" * 5000,
        "?q=%25%5C%27%22%3B--",
        "?%00=%00",
        "?currency=%00",
        "?currency=LONGER",
        "?status=DROP",
        "?credit_limit_min=NaN&credit_limit_max=1e400000",
        "?credit_limit_min=%20",
        "?reminders_paused_until_after=%20&reminders_paused_until_before=%20",
        "?credit_limit_min=-999999999999999.999999&credit_limit_max=999999999999999.9",
        "?reminders_paused_until_after=0000-00-00",
        "?reminders_paused_until_before=99999-12-31",
        "?pk=99999999999999999999999",
        "?pk=abc",
        "?pk=%F0%9F%92%A9",
        "?po_required=maybe",
        "?export=docx",
        "?cols=tenant__slug,,code,%00&density=huge",
        "?view=saved-999999999999999999999",
        "?view=saved-&saved=abc",
        "?tabs=1&q=%00",
        "?q=a&q=b&q=%ff",
        "?" + "&".join(f"a{n}=1" for n in range(900)),
    ],
)
def test_no_address_is_an_error(get: Any, many: Tenant, query: str) -> None:
    response = get(query)
    assert "tabs=1" in query or "list-results" in response.content.decode()


def test_says_that_a_filter_was_not_understood(get: Any, many: Tenant) -> None:
    response = get("?credit_limit_min=many")
    assert "A filter was not understood" in response.content.decode()
    assert "Enter an amount such as" in response.content.decode()
    assert len(codes(response)) == 50
    assert "A filter was not understood" not in get("?credit_limit_min=1").content.decode()


def test_filters_are_chips_that_can_be_taken_off(get: Any, many: Tenant) -> None:
    response = get(
        "?currency=EUR&credit_limit_min=100&credit_limit_max=1,500&sort=-code&q=customer"
    )
    text = response.content.decode()
    chips = re.findall(r'filter-chip" href="([^"]*)"><span>([^<]*): <strong>([^<]*)<', text)
    assert [(label, value) for _url, label, value in chips] == [
        ("Search", "customer"),
        ("Currency", "EUR"),
        ("Credit limit", "100 to 1,500"),
    ]
    limits = chips[2][0].replace("&amp;", "&")
    assert "credit_limit" not in limits
    assert "currency=EUR" in limits
    assert "sort=-code" in limits
    assert len(codes(get(limits))) > len(codes(response)) > 0
    shown = len(codes(response))
    assert f"{173 - shown} hidden by filters" in text
    assert 'class="filter-clear" href="?sort=-code"' in text


def test_filter_values_stand_in_words(get: Any, many: Tenant) -> None:
    text = get(
        "?status=ACTIVE&reminders_paused_until_after=2026-01-05&po_required=false"
    ).content.decode()
    assert re.findall(r"<strong>([^<]*)</strong></span>", text) == [
        "Active",
        "from 5 Jan 2026",
        "no",
    ]


def test_filters_find_what_they_say(get: Any, many: Tenant) -> None:
    assert codes(get("?q=C0012")) == ["C0012"]
    assert codes(get("?credit_limit_min=40&credit_limit_max=60")) == ["C0004", "C0006"]
    within = "?reminders_paused_until_after=2026-01-05&reminders_paused_until_before=2026-01-09"
    assert codes(get(within)) == ["C0004", "C0008"]


def sums_of(response: Any) -> dict[str, list[str]]:
    lines = re.findall(r'<tr><th scope="row">(\w+)</th>(.*?)</tr>', response.content.decode())
    return {code: re.findall(r'data-copy="([^"]*)"', cells) for code, cells in lines}


def test_sums_are_per_currency_and_never_mixed(get: Any, many: Tenant) -> None:
    expected: dict[str, list[Decimal]] = {}
    for n in range(173):
        sums = expected.setdefault(("CNY", "EUR", "JPY")[n % 3], [Decimal(0), Decimal(0)])
        amount = Decimal(0) if n % 5 == 0 else Decimal(n * 10)
        sums[1] += amount
        if n < 50:
            sums[0] += amount
    shown = {code: [Decimal(one) for one in sums] for code, sums in sums_of(get()).items()}
    assert shown == expected
    assert sums_of(get())["JPY"][0].isdigit()


def test_sums_follow_the_filters(get: Any, many: Tenant) -> None:
    assert sums_of(get("?credit_limit_min=40&credit_limit_max=60")) == {
        "CNY": ["60.00"],
        "EUR": ["40.00"],
    }


@pytest.mark.parametrize("query", ["", "?q=customer&sort=-name&currency=CNY"])
def test_one_row_and_fifty_take_the_same_queries(
    client: Client,
    members: dict[str, User],
    tenant: Tenant,
    query: str,
) -> None:
    client.force_login(members["BILLER"])
    with tenant_scope(tenant.pk):
        make(1)
    counts = []
    for more in (0, 80):
        with tenant_scope(tenant.pk):
            make(more, start=1)
        with CaptureQueriesContext(connection) as counted:
            client.get(URL + query)
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 15, counts


def test_headers_sort_and_say_so(get: Any, many: Tenant) -> None:
    text = get("?q=1&size=100").content.decode()
    assert re.search(
        r'aria-sort="ascending"><a class="sort-link" href="\?q=1&amp;size=100&amp;sort=-code"',
        text,
    )
    assert text.count("aria-sort=") == 1
    text = get("?sort=-name").content.decode()
    assert re.search(r'aria-sort="descending"><a class="sort-link" href="\?sort=name"', text)


def test_htmx_gets_the_results_alone(get: Any, many: Tenant) -> None:
    fragment = get("?q=C00", **{"HX-Request": "true", "HX-Target": "list-results"})
    assert fragment.content.decode().lstrip().startswith('<div id="list-results"')
    assert "<html" not in fragment.content.decode()
    restored = get(
        "?q=C00",
        **{
            "HX-Request": "true",
            "HX-Target": "list-results",
            "HX-History-Restore-Request": "true",
        },
    )
    assert "<html" in restored.content.decode()


def test_the_page_size_is_remembered(get: Any, many: Tenant, client: Client) -> None:
    assert len(codes(get("?size=100"))) == 100
    assert len(codes(get())) == 50
    answer = client.post("/t/acme/views/look/", {"list": "demo", "size": "200", "next": URL})
    assert answer.headers["Location"] == URL
    assert len(codes(get())) == 173


def exported(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_csv_has_exactly_the_filtered_rows_in_order(get: Any, many: Tenant) -> None:
    query = "?currency=EUR&sort=-name&credit_limit_min=100"
    on_page = walk(get, query)
    header, *rows = exported(get(query + "&export=csv"))
    assert header == [
        "Code",
        "Name",
        "Status",
        "Paused until",
        "Terms",
        "Credit limit",
        "Since",
        "Currency",
    ]
    assert [row[0] for row in rows] == on_page
    assert len(rows) > 30


def test_csv_gives_values_not_looks(get: Any, many: Tenant) -> None:
    rows = {row[0]: row for row in exported(get("?export=csv"))}
    assert rows["C0004"][1:] == [
        "Customer 4",
        "Active",
        "2026-01-05",
        "",
        "40.00",
        "2026-03-02 20:00:00+08:00",
        "EUR",
    ]
    assert rows["C0002"][5] == "20"
    assert len(rows) == 174


def test_csv_runs_no_formula(get: Any, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        for n, name in enumerate(
            ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "plain", "a=1")
        ):
            make(1, start=n, name=name)
    names = [row[1] for row in exported(get("?export=csv"))[1:]]
    assert names == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "' =1", "'＝1", "plain", "a=1"]


def test_csv_streams_only_this_company(
    client: Client, members: dict[str, User], tenant: Tenant, other_tenant: Tenant
) -> None:
    for one, code in ((tenant, "OURS"), (other_tenant, "THEIRS")):
        with tenant_scope(one.pk):
            Customer.objects.create(code=code, name="X", currency="CNY", created_at=NOON)
    client.force_login(members["BILLER"])
    assert [row[0] for row in exported(client.get(URL + "?export=csv"))] == ["Code", "OURS"]


def test_a_workbook_has_real_values_and_its_filters(get: Any, many: Tenant) -> None:
    response = get("?currency=EUR&export=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    sheet = book["Customers"]
    rows = list(sheet.iter_rows(values_only=True))
    assert sheet.freeze_panes == "A2"
    assert len(rows) == 1 + 58
    assert rows[2][:6] == (
        "C0004",
        "Customer 4",
        "Active",
        datetime.fromisoformat("2026-01-05"),
        None,
        40,
    )
    assert rows[2][6] == datetime.fromisoformat("2026-03-02T20:00")
    about = dict(book["Parameters"].iter_rows(min_col=1, max_col=2, values_only=True))
    assert about["Currency"] == "EUR"
    assert about["Company"] == "Acme"


def test_an_empty_company_is_told_what_the_page_is_for(get: Any, tenant: Tenant) -> None:
    text = get().content.decode()
    assert "Nobody yet" in text
    assert "list-table" not in text


def test_filters_that_find_nothing_can_be_cleared(get: Any, many: Tenant) -> None:
    text = get("?q=nobody").content.decode()
    assert "Nothing matches these filters." in text
    assert "Clear filters (173 hidden)" in text


def test_a_cell_is_escaped(get: Any, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        make(1, name="<script>alert(1)</script>", code="<b>")
    text = get("?q=<script>").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_rows_take_the_tables_class(get: Any, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        make(1, name="Marked")
    assert 'class="is-demo' in get().content.decode()


class TestSelection:
    url = f"{URL}bulk/"

    def test_ticked_rows(self, get: Any, many: Tenant, client: Client) -> None:
        with tenant_scope(many.pk):
            ids = list(Customer.objects.filter(code__lt="C0003").values_list("pk", flat=True))
        answer = client.post(self.url, {"selected": [*ids, ids[0]]})
        assert answer.content.decode() == "3 False C0000,C0001,C0002"

    @pytest.mark.parametrize("foreign", ["x", "9" * 30, "-1", "999999999", "", "1:x", "\u0663"])
    def test_a_ticked_row_that_is_not_there_is_not_just_dropped(
        self, get: Any, many: Tenant, client: Client, foreign: str
    ) -> None:
        with tenant_scope(many.pk):
            pk = Customer.objects.get(code="C0000").pk
        answer = client.post(self.url, {"selected": [pk, foreign]}).content.decode()
        assert answer == "1 True C0000"
        refused = client.post(URL, {"export": "csv", "selected": [pk, foreign]})
        assert refused.status_code == 409
        assert "You chose 2 rows; 1 of them are in this list now." in refused.content.decode()

    def test_more_than_can_be_ticked_is_refused(
        self, get: Any, many: Tenant, client: Client
    ) -> None:
        data = {"export": "csv", "selected": list(range(1, 1002))}
        refused = client.post(URL, data)
        assert refused.status_code == 409
        assert "At most 1,000 rows can be ticked at once." in refused.content.decode()

    def test_ticked_rows_outside_the_filter_are_not_just_dropped(
        self, get: Any, many: Tenant, client: Client
    ) -> None:
        with tenant_scope(many.pk):
            ids = list(Customer.objects.filter(code__lt="C0003").values_list("pk", flat=True))
        answer = client.post(f"{self.url}?currency=EUR", {"selected": ids})
        assert answer.content.decode() == "1 True C0001"

    def test_all_that_match(self, get: Any, many: Tenant, client: Client) -> None:
        data = {"matching": "1", "matching_count": "4"}
        url = f"{self.url}?q=C000&currency=CNY"
        assert client.post(url, data).content.decode() == "4 False C0000,C0003,C0006,C0009"

    def test_all_that_match_is_stale_once_their_number_changed(
        self, get: Any, many: Tenant, client: Client
    ) -> None:
        data = {"matching": "1", "matching_count": "4"}
        with tenant_scope(many.pk):
            Customer.objects.create(code="C0009A", name="N", currency="CNY", created_at=NOON)
        url = f"{self.url}?q=C000&currency=CNY"
        assert client.post(url, data).content.decode().startswith("5 True")

    @pytest.mark.parametrize("how", ["selected", "matching", "file"])
    def test_a_filter_that_is_not_understood_is_not_just_dropped(
        self, get: Any, many: Tenant, client: Client, how: str
    ) -> None:
        address = f"{URL}?status=GONE&credit_limit_min=abc"
        assert client.get(address).status_code == 200
        with tenant_scope(many.pk):
            pk = Customer.objects.get(code="C0000").pk
        rows = {"selected": [pk]} if how == "selected" else {"matching": 1, "matching_count": 173}
        if how == "file":
            refused = client.get(f"{address}&export=csv")
        else:
            refused = client.post(address, rows | {"export": "csv"})
        assert refused.status_code == 422
        text = refused.content.decode()
        assert "<strong>Status</strong>" in text
        assert "<strong>Credit limit</strong>" in text
        assert client.get(f"{URL}?view=saved-999&export=csv").status_code == 422

    def test_a_button_needs_its_permission(self, get: Any, many: Tenant) -> None:
        text = get().content.decode()
        assert "/t/acme/demo/bulk/?" in text
        assert "/x/" not in text

    def test_the_server_says_what_ticked_rows_add_up_to(
        self, get: Any, many: Tenant, client: Client
    ) -> None:
        with tenant_scope(many.pk):
            ids = list(Customer.objects.filter(code__lt="C0005").values_list("pk", flat=True))
        text = client.post(URL, {"summary": "1", "selected": ids}).content.decode()
        assert "5 selected" in text
        assert re.findall(r'data-copy="([^"]*)"', text) == ["30.00", "50.00", "20"]


def test_cursors_keep_every_kind_of_value() -> None:
    values = [None, True, 7, "a\x00b", Decimal("1.10"), NOON, date(2026, 1, 1), uuid.UUID(int=5)]
    text = keyset.write_cursor(values, 12, "salt")
    cursor = keyset.read_cursor(text, "salt", len(values))
    assert cursor == keyset.Cursor(tuple(values), 12)
    assert keyset.read_cursor(text, "pepper", len(values)) is None
    assert keyset.read_cursor(text, "salt", 3) is None
    with pytest.raises(TypeError):
        keyset.write_cursor([object()], 0, "salt")


def test_an_index_answers_a_page_by_itself(many: Tenant) -> None:
    with tenant_scope(many.pk):
        ordering = keyset.ordering_of("name", ("name", "pk"), reverse=False)
        cursor = keyset.Cursor(("Customer 3", 10**6), 50)
        rows = keyset._beyond(Customer.objects.all(), ordering, cursor)
        sql = str(rows.query)
    assert '("customers_customer"."name", "customers_customer"."id") > (' in sql
    assert " OR " not in sql


def test_amounts_name_their_currency_where_a_list_has_several(get: Any, many: Tenant) -> None:
    assert '<span class="num-code">EUR</span>' in get().content.decode()
    assert "num-code" not in get("?currency=EUR").content.decode()

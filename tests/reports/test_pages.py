"""The aging's page and files, and the command: one arithmetic, whoever asks."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import Membership, User
from core.tenancy import tenant_scope
from reports.moments import NotAMoment, parse_moment
from reports.views import aging as view
from tests.conftest import make_tenant
from tests.dunning.helpers import credit, customer, debt, pay
from tests.reports.counting import questions

JUNE_30 = date(2026, 6, 30)
HEADER = "customer_code,customer,currency,not_due,d1_30,d31_60,d61_90,d91_plus,unapplied,total"


@pytest.fixture
def ledger(tenant, other_tenant):
    with tenant_scope(tenant.pk):
        first = customer(code="C-1", name='Lima, "Bros" & Co')
        second = customer(code="C-2", name="=cmd|'/c calc'!A1")
        debt(first, "100.10", late=-5, day=JUNE_30, label="INV-1")
        debt(first, "200.20", late=10, day=JUNE_30, label="INV-2")
        debt(first, "5000", late=40, day=JUNE_30, currency="JPY", rate=None, label="INV-3")
        debt(second, "1.234", late=100, day=JUNE_30, currency="KWD", rate=None, label="INV-4")
        credit(second, "50.00", day=JUNE_30, at=datetime(2026, 6, 30, 3, tzinfo=UTC))
        paid = debt(second, "7.00", late=20, day=JUNE_30, label="INV-5")
        pay(paid, day=JUNE_30, at=datetime(2026, 6, 30, 3, tzinfo=UTC))
    with tenant_scope(other_tenant.pk):
        debt(customer(code="X-1"), "9999.00", late=10, day=JUNE_30, label="FOREIGN")
    return first


def report(**options):
    out = io.StringIO()
    call_command("report", "aging", tenant="acme", as_of="2026-06-30", stdout=out, **options)
    return out.getvalue()


def test_the_command_prints_plain_rows(ledger):
    lines = report().splitlines()

    assert lines[0] == HEADER
    assert lines[1:] == [
        'C-1,"Lima, ""Bros"" & Co",CNY,100.10,200.20,0.00,0.00,0.00,0.00,300.30',
        'C-1,"Lima, ""Bros"" & Co",JPY,0,0,5000,0,0,0,5000',
        "C-2,=cmd|'/c calc'!A1,CNY,0.00,0.00,0.00,0.00,0.00,-50.00,-50.00",
        "C-2,=cmd|'/c calc'!A1,KWD,0.000,0.000,0.000,0.000,1.234,0.000,1.234",
    ]


def test_the_command_by_document_and_by_bill_date(ledger):
    lines = report(by="item", basis="bill").splitlines()

    assert lines[0] == f"{HEADER},number,bill_date,due_date"
    rows = list(csv.DictReader(lines))
    assert [(row["number"], row["bill_date"], row["due_date"]) for row in rows] == [
        ("INV-2", "2026-05-21", "2026-06-20"),
        ("INV-1", "2026-06-05", "2026-07-05"),
        ("INV-3", "2026-04-21", "2026-05-21"),
        ("RC-1", "2026-06-30", "2026-06-30"),
        ("INV-4", "2026-02-20", "2026-03-22"),
    ]
    assert rows[1]["d1_30"] == "100.10"  # issued 25 days ago


def test_the_command_as_known(ledger):
    before = report(known="2026-06-30T10:59:59")  # Shanghai, eleven o'clock is 3:00 UTC
    after = report(known="2026-06-30T11:00:00")
    at_last = report(known="2026-06-30")

    assert "7.00" in before
    assert "-50.00" not in before
    assert after == at_last == report()


@pytest.mark.parametrize(
    "options",
    [
        {"tenant": "nobody"},
        {"as_of": "2026-02-30"},
        {"as_of": "30.06.2026"},
        {"as_of": "1969-12-31"},
        {"as_of": "2101-01-01"},
        {"as_of": "20260630"},
        {"known": "yesterday"},
        {"known": "2026-06-30T25:00"},
    ],
)
def test_bad_arguments_are_said_in_one_line(tenant, options):
    with pytest.raises(CommandError) as refused:
        call_command("report", "aging", **({"tenant": "acme", "as_of": "2026-06-30"} | options))

    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["aging", "--tenant", "acme"],
        ["profit", "--tenant", "acme", "--as-of", "2026-06-30"],
        ["aging", "--tenant", "acme", "--as-of", "2026-06-30", "--basis", "moon"],
        ["aging", "--tenant", "acme", "--as-of", "2026-06-30", "--format", "pdf"],
    ],
)
def test_unknown_arguments_are_said_in_one_line(tenant, arguments):
    with pytest.raises(CommandError) as refused:
        call_command("report", *arguments)

    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-31T18:00:00", "2026-03-31T10:00:00.999999"),
        ("2026-03-31 18:00", "2026-03-31T10:00:59.999999"),
        ("2026-03-31T18:00:00+00:00", "2026-03-31T18:00:00.999999"),
        ("2026-03-31T18:00:00.250000", "2026-03-31T10:00:00.250000"),
        ("2026-03-31", "2026-03-31T15:59:59.999999"),
    ],
)
def test_moments(text, utc):
    assert parse_moment(text, "Asia/Shanghai") == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "1969-12-31", "2101-01-01T00:00", "2026-13-01"])
def test_what_is_no_moment(text):
    with pytest.raises(NotAMoment):
        parse_moment(text, "UTC")


def get(client: Client, user, query="", slug="acme"):
    client.force_login(user)
    return client.get(f"/t/{slug}/reports/aging/{query}")


def test_as_known_says_that_the_last_minutes_are_provisional(client, ledger, members):
    words = "The last minutes before now are provisional"
    known = get(client, members["ADMIN"], "?as_of=2026-06-30&known=2026-06-30T11:00:00")
    now = get(client, members["ADMIN"], "?as_of=2026-06-30")
    assert words in known.content.decode()
    assert words not in now.content.decode()


def amounts_on(page: str) -> list[str]:
    return re.findall(r'data-copy="([^"]+)"', page)


def test_the_page_shows_rows_sums_and_proof(client, members, ledger):
    response = get(client, members["MANAGER"], "?as_of=2026-06-30")
    page = response.content.decode()

    assert response.status_code == 200
    for section in response.context["sections"]:
        assert section.agrees
        assert section.control == section.totals.total
    assert [s.currency for s in response.context["sections"]] == ["CNY", "JPY", "KWD"]
    assert page.count("proof-ok") == 3
    assert "proof-bad" not in page
    assert "FOREIGN" not in page
    assert "style=" not in page
    assert "&lt;" not in amounts_on(page)
    assert "300.30" in amounts_on(page)
    assert "250.30" in amounts_on(page)  # the total, with the unused credit taken off


def test_the_page_leads_from_customer_to_documents_to_the_document(client, members, ledger):
    page = get(client, members["AUDITOR"], "?as_of=2026-06-30").context
    url = page["sections"][0].rows[0].url

    deeper = get(client, members["AUDITOR"], url)

    [section] = deeper.context["sections"]
    assert [view.row.number for view in section.rows] == ["INV-2", "INV-1"]
    assert section.totals.total == page["sections"][0].rows[0].row.total
    assert all("/by-item/" in view.url for view in section.rows)
    assert section.control is None  # one customer has no control account to compare with


@pytest.mark.parametrize("by", ["customer", "item"])
@pytest.mark.parametrize("basis", ["due", "bill"])
def test_page_csv_and_workbook_say_what_the_command_says(client, members, ledger, by, basis):
    query = f"?as_of=2026-06-30&by={by}&basis={basis}"
    plain = list(csv.reader(io.StringIO(report(by=by, basis=basis))))[1:]

    response = get(client, members["MANAGER"], f"{query}&export=csv")
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:]
    assert [[cell.lstrip("'") for cell in row] for row in rows] == plain

    response = get(client, members["MANAGER"], f"{query}&export=xlsx")
    content = b"".join(response.streaming_content)
    cached = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(content))
    assert cached.sheetnames == ["CNY", "JPY", "KWD", "Parameters"]
    seen = []
    for name in cached.sheetnames[:-1]:
        body = list(cached[name].iter_rows(min_row=2, values_only=True))
        seen += [[row[0], row[2], Decimal(str(row[9]))] for row in body[:-1]]
        assert Decimal(str(body[-1][9])) == sum(Decimal(str(row[9])) for row in body[:-1])
        last = formulas[name].max_row
        assert formulas[name].cell(last, 10).value == f"=SUM(J2:J{last - 1})"
        assert formulas[name].cell(2, 10).value == "=SUM(D2:I2)"
        assert cached[name].freeze_panes == "C2"
    assert sorted(seen) == sorted([row[0], row[2], Decimal(row[9])] for row in plain)
    parameters = dict(cached["Parameters"].iter_rows(values_only=True))
    assert parameters["Company"] == "Acme"
    assert parameters["Age from"] == ("Due date" if basis == "due" else "Invoice date")


@pytest.mark.parametrize(
    "query",
    [
        "?as_of=2026-02-30",
        "?as_of=1969-12-31",
        "?as_of=2101-01-01",
        "?as_of=x%00",
        "?known=never",
        "?basis=moon",
        "?by=moon",
        "?customer=999999999999999999999999",
        "?customer=abc",
        "?currency=XXX",
    ],
)
def test_what_cannot_be_read_is_said_and_typed_values_stay(client, members, query):
    response = get(client, members["MANAGER"], query)

    assert response.status_code == 422
    assert "alert-danger" in response.content.decode()


@pytest.mark.parametrize(
    "query", ["?as_of=1970-01-01", "?as_of=2100-12-31", "", "?first=999", "?first=-1", "?known="]
)
def test_the_ends_of_time_and_nothing_at_all(client, members, ledger, query):
    assert get(client, members["MANAGER"], query).status_code == 200


def test_another_companys_customer_is_not_there(client, members, ledger, other_tenant):
    with tenant_scope(other_tenant.pk):
        foreign = customer()

    assert get(client, members["MANAGER"], f"?customer={foreign.pk}").status_code == 422


def test_nobody_without_the_right(client, members, ledger):
    assert get(client, members["STRANGER"]).status_code == 404


@pytest.mark.parametrize("by", ["customer", "item"])
def test_the_page_asks_as_often_for_three_rows_as_for_thirty(client, members, tenant, by):
    client.force_login(members["MANAGER"])

    def ask():
        with CaptureQueriesContext(connection) as asked:
            page = client.get(f"/t/acme/reports/aging/?as_of=2026-06-30&by={by}")
        assert page.status_code == 200
        return len(questions(asked))

    with tenant_scope(tenant.pk):
        debt(customer(), late=5, day=JUNE_30)
    ask()
    few = ask()
    with tenant_scope(tenant.pk):
        for _ in range(30):
            debt(customer(), late=5, day=JUNE_30)

    assert ask() == few <= 15


def test_pages_of_rows(client, members, tenant, monkeypatch):
    monkeypatch.setattr(view, "ROWS_SHOWN", 3)
    with tenant_scope(tenant.pk):
        for number in range(7):
            debt(customer(code=f"C{number}"), late=5, day=JUNE_30, label=f"INV-{number}")
    for by in ("customer", "item"):
        seen, url = [], f"?as_of=2026-06-30&by={by}"
        while url:
            [section] = get(client, members["MANAGER"], url).context["sections"]
            assert section.totals.total == 700
            seen += [view_row.row.customer_code for view_row in section.rows]
            url = section.all_url if section.rows else ""
        assert seen == [f"C{number}" for number in range(7)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Pacific/Honolulu", "2026-06-30T09:59:59", "2026-06-29"),
        ("Pacific/Honolulu", "2026-06-30T10:00:00", "2026-06-30"),
        ("Pacific/Kiritimati", "2026-06-30T09:59:59", "2026-06-30"),
        ("Pacific/Kiritimati", "2026-06-30T10:00:00", "2026-07-01"),
    ],
)
def test_without_a_day_it_is_the_companys_today(client, zone, instant, day, monkeypatch):
    """Due on 29 June: not late on that day, one day late on the next, wherever the server is."""
    company = make_tenant("edge", time_zone=zone)
    user = User.objects.create_user("m@edge.test")
    Membership.objects.create(tenant=company, user=user, roles=["MANAGER"])
    with tenant_scope(company.pk):
        debt(customer(), late=0, day=date(2026, 6, 29))
    now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    monkeypatch.setattr(view.timezone, "now", lambda: now)

    response = get(client, user, slug="edge")

    [section] = response.context["sections"]
    late = date.fromisoformat(day) - date(2026, 6, 29)
    assert response.context["question"].as_of == date.fromisoformat(day)
    assert section.totals.not_due == (0 if late > timedelta(0) else 100)
    assert section.totals.d1_30 == (100 if late > timedelta(0) else 0)


def test_a_ledger_that_does_not_agree_is_said_in_red(client, members, ledger, monkeypatch):
    monkeypatch.setattr(
        view, "control_balances", lambda **_: {"CNY": Decimal("1.00"), "EUR": Decimal("2.00")}
    )
    page = get(client, members["MANAGER"], "?as_of=2026-06-30").content.decode()

    assert "proof-bad" in page
    assert "EUR" in page

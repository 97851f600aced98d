"""The template tags and filters of the house."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from core.audit import differences
from core.models import AuditEntry, Membership, Tenant
from core.presentation import CHIP_ICONS
from core.timeline import Event, event_label, from_audit, name_events, newest_first

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rendered(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("amount", "currency", "text", "plain"),
    [
        ("1234.5", "CNY", "1,234.50", "1234.50"),
        ("1234.5000", "EUR", "1,234.50", "1234.50"),
        ("1234", "JPY", "1,234", "1234"),
        ("1.2345", "KWD", "1.235", "1.235"),
        ("123456789012345.6789", "EUR", "123,456,789,012,345.68", "123456789012345.68"),
        ("-1234", "CNY", "−1,234.00", "-1234.00"),
    ],
)
def test_money(amount: str, currency: str, text: str, plain: str) -> None:
    html = rendered("{% money a c %}", a=Decimal(amount), c=currency)
    assert f'data-copy="{plain}">{text}</span>' in html
    assert ("num-minus" in html) == (Decimal(amount) < 0)


@pytest.mark.parametrize("zero", ["0", "0.00", "-0", "0.001", "-0.004"])
def test_no_money_is_a_dash_that_is_read_as_zero(zero: str) -> None:
    html = rendered("{% money a 'CNY' code=True %}", a=Decimal(zero))
    assert '<span aria-hidden="true">–</span>' in html
    assert '<span class="visually-hidden">0.00</span>' in html
    assert 'data-copy="0.00"' in html
    assert "CNY" not in html


def test_money_names_its_currency_when_asked() -> None:
    html = rendered("{% money a 'EUR' code=True %}", a=Decimal(5))
    assert html.startswith('<span class="num-code">EUR</span> <span class="num"')
    assert rendered("{% money a 'EUR' %}", a=None) == ""


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("1.5", "1.50"),
        ("1.2345", "1.2345"),
        ("0.000001", "0.000001"),
        ("100", "100.00"),
        ("1E+3", "1,000.00"),
    ],
)
def test_unit_price(price: str, text: str) -> None:
    assert f">{text}<" in rendered("{% unit_price p 'EUR' %}", p=Decimal(price))


def test_quantity_and_rate() -> None:
    assert ">1,200<" in rendered("{{ n|quantity }}", n=Decimal("1200.000000"))
    assert ">0.5<" in rendered("{{ n|quantity }}", n=Decimal("0.500000"))
    assert rendered("{{ r|percent }}", r=Decimal("0.130000000")) == "13 %"
    assert rendered("{{ r|percent }}", r=Decimal("0.075")) == "7.5 %"
    assert rendered("{{ r|percent }}", r=Decimal(0)) == "0 %"
    assert rendered("{{ r|percent }}", r=Decimal(1)) == "100 %"


def test_days_cannot_be_misread() -> None:
    assert (
        rendered("{{ d|day }}", d=date(2026, 3, 12))
        == '<time datetime="2026-03-12">12 Mar 2026</time>'
    )
    with translation.override("zh-hans"):
        assert ">2026-03-12<" in rendered("{{ d|day }}", d=date(2026, 3, 12))
    assert rendered("{{ d|day }}{{ d|moment }}", d=None) == ""


def test_instants_are_in_the_companys_zone() -> None:
    late = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    with timezone.override("Asia/Shanghai"):
        assert ">3 Mar 2026, 01:30<" in rendered("{{ t|moment }}", t=late)
        with translation.override("zh-hans"):
            assert ">2026-03-03 01:30<" in rendered("{{ t|moment }}", t=late)
        assert ">3 Mar 2026<" in rendered("{{ t|day }}", t=late)


@pytest.mark.parametrize(
    ("due", "text", "css"),
    [
        (date(2026, 3, 2), "due today", "text-secondary"),
        (date(2026, 3, 7), "in 5 d", "text-secondary"),
        (date(2026, 2, 18), "12 d late", "text-late"),
    ],
)
def test_relative_due(due: date, text: str, css: str) -> None:
    html = rendered("{% relative_due d t %}", d=due, t=date(2026, 3, 2))
    assert html == f'<span class="{css}">{text}</span>'


def test_chips_have_icon_word_and_tint() -> None:
    for kind in CHIP_ICONS:
        html = rendered("{% chip label kind %}", label="<Paid>", kind=kind)
        assert f"chip-{kind}" in html
        assert "<svg" in html
        assert "&lt;Paid&gt;" in html
    with pytest.raises(KeyError):
        rendered("{% chip 'x' 'unheard-of' %}")


def test_icons() -> None:
    assert 'aria-hidden="true"' in rendered("{% icon 'send' %}")
    source = "{% icon 'send' label=label %}"
    assert 'role="img" aria-label="A &amp; &quot;B"' in rendered(source, label='A & "B')


def test_once_gives_another_token_each_time() -> None:
    first, second = rendered("{% once %}"), rendered("{% once %}")
    assert first.startswith('<input type="hidden" name="once" value="')
    assert first != second


def test_allowed() -> None:
    source = "{% allowed 'payments.edit' as may %}{{ may }}"
    assert rendered(source, membership=Membership(roles=["CASHIER"])) == "True"
    assert rendered(source, membership=Membership(roles=["BILLER"])) == "False"
    assert rendered(source) == "False"


@pytest.mark.urls("tests.core.list_site")
def test_page_url_adds_the_company() -> None:
    assert rendered("{% page_url 'demo_row' 7 %}", tenant=Tenant(slug="acme")) == "/t/acme/demo/7/"
    assert rendered("{% page_url 'set_language_theme' %}") == "/preferences/"


def test_events_are_called_by_their_names() -> None:
    entry = AuditEntry(event="tests.frobnicated", subject="customers.customer:1", happened_at=NOON)
    assert event_label(entry) == "Tests frobnicated"
    name_events(**{"tests.frobnicated": ("Made better", "star")})
    assert event_label(entry) == "Made better"
    [event] = from_audit([entry])
    assert (event.title, event.icon, event.actor) == ("Made better", "star", "System")


def test_a_timeline_merges_its_sources() -> None:
    events = [Event(NOON.replace(hour=hour), "star", str(hour)) for hour in (9, 11, 10)]
    assert [event.title for event in newest_first(events[:1], events[1:], limit=2)] == ["11", "10"]


def test_audit_entries_show_what_changed() -> None:
    entry = AuditEntry(
        event="customer.updated",
        subject="customers.customer:1",
        happened_at=NOON,
        reason="<b>asked</b>",
        changes={"credit_limit": ["100.00", "2500.00"], "unknown_thing": "x", "note": [None, "n"]},
    )
    html = rendered("{% include 'core/parts/audit.html' %}", entries=[entry])
    assert "<dt>Credit limit</dt>" in html
    assert "<del>100.00</del>" in html
    assert "<ins>2500.00</ins>" in html
    assert "<dt>Unknown thing</dt><dd>" in html
    assert "&lt;b&gt;asked" in html
    assert "None" not in html


def test_an_amount_with_more_zeros_is_no_change() -> None:
    before = {"net": Decimal("0.0100"), "tax": Decimal("1.0000"), "note": "1"}
    after = {"net": Decimal("0.01"), "tax": Decimal("1.01"), "note": "1.0"}

    assert differences(before, after, ("net", "tax", "note")) == {
        "tax": ["1.0000", "1.01"],
        "note": ["1", "1.0"],
    }

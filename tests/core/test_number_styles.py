"""Amounts as the person writes them: on pages and in fields; in one way in files and documents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from core.forms import AmountField
from core.models import Tenant, User
from core.numbers import (
    COMMA,
    POINT,
    SPACE,
    STYLES,
    NotAnAmount,
    TwoReadings,
    numbers_written,
    parse_amount,
    parse_anywhere,
    written,
)
from core.presentation import (
    amount_text,
    money_html,
    number_html,
    plain_amount,
    shown_amount,
    typed_amount,
)
from core.reckoning import reckon
from core.templatetags.house import percent
from core.tenancy import tenant_scope
from invoices.documents.figures import amount_text as amount_of_a_document
from invoices.forms.discount import Discount, DiscountField
from invoices.forms.restyled import read_again, with_style
from invoices.models import Invoice
from tests.factories import CustomerFactory, InvoiceLineFactory

D = Decimal
AMOUNTS = st.decimals(D("-99999999999.99"), D("99999999999.99"), places=2, allow_nan=False)


class TestReading:
    """Hostile input 29: says what it read, or refuses; never guesses."""

    @pytest.mark.parametrize(
        ("style", "text", "value"),
        [
            (COMMA, "1.280,50", "1280.50"),
            (COMMA, "1280,5", "1280.5"),
            (COMMA, "−1.280.000", "-1280000"),
            (COMMA, "1,280", "1.280"),
            (SPACE, "1 280,50", "1280.50"),
            (SPACE, "1\u00a0280,50", "1280.50"),
            (SPACE, "1\u202f280\u202f000", "1280000"),
            (SPACE, "7", "7"),
        ],
    )
    def test_what_is_read(self, style: str, text: str, value: str) -> None:
        assert parse_amount(text, style) == D(value)

    @pytest.mark.parametrize(
        ("style", "text"),
        [
            (COMMA, "1.280"), (COMMA, "1280.50"), (COMMA, "1,280.50"), (COMMA, "1.28"),
            (COMMA, "12.80,5"), (COMMA, "1 280,50"), (COMMA, "１２"), (COMMA, "1e3"),
            (SPACE, "1.280"), (SPACE, "1,280.50"), (SPACE, "1.280,50"), (SPACE, "12 80"),
            (SPACE, "1 2"), (SPACE, ""), (POINT, "1280,50"), (POINT, "1 280"), (POINT, "1.280,50"),
        ],
    )  # fmt: skip
    def test_what_is_refused(self, style: str, text: str) -> None:
        with pytest.raises(NotAnAmount):
            parse_amount(text, style)

    @given(AMOUNTS, st.sampled_from(STYLES))
    def test_what_a_page_shows_or_copies_is_read_back_or_refused(
        self, amount: Decimal, style: str
    ) -> None:
        with numbers_written(style):
            shown, typed = shown_amount(amount, "EUR"), typed_amount(amount, "EUR")
        assert parse_amount(typed, style) == amount
        assert parse_amount(shown, style) == amount
        for other in set(STYLES) - {style}:
            assert parse_anywhere(shown, other) == amount

    @pytest.mark.parametrize("text", ["1,280", "1.280", "-1,280"])
    def test_an_address_of_two_readings_is_refused_to_who_writes_otherwise(self, text: str) -> None:
        for style in (COMMA, SPACE):
            with pytest.raises(TwoReadings):
                parse_anywhere(text, style)
        assert parse_anywhere("1,280", POINT) == 1280

    def test_an_address_of_one_reading_is_read_by_everybody(self) -> None:
        for style in STYLES:
            for text in ("1280.50", "1280,50", "1.280,50", "1,280.50", "1 280,50"):
                assert parse_anywhere(text, style) == D("1280.50")
            with pytest.raises(NotAnAmount):
                parse_anywhere("1.28,5,0", style)

    @pytest.mark.parametrize(
        ("style", "text", "value"),
        [
            (COMMA, "=1000/1,06", "943.40"),
            (COMMA, "1.280,50*2", "2561"),
            (COMMA, "1,280.50", "1280.50"),
            (COMMA, ",5+1", "1.5"),
            (SPACE, "1 280,50 + 1 000", "2280.50"),
            (SPACE, "（1 000）*2", "2000"),
        ],
    )
    def test_sums(self, style: str, text: str, value: str) -> None:
        assert reckon(text, decimal_places=2, style=style) == D(value)

    @pytest.mark.parametrize(
        ("style", "text"),
        [
            (COMMA, "1.280"),
            (COMMA, "2*1.280"),
            (COMMA, "1000/1.06"),
            (SPACE, "1 28"),
            (POINT, "1 000"),
        ],
    )
    def test_sums_that_are_refused(self, style: str, text: str) -> None:
        with pytest.raises(NotAnAmount):
            reckon(text, decimal_places=2, style=style)


class TestField:
    def test_shows_and_reads_one_writing(self) -> None:
        field = AmountField()
        with numbers_written(COMMA):
            assert field.prepare_value(D("1280.5000")) == "1280,50"
            assert field.clean("1.280,50") == D("1280.50")
            assert not field.has_changed(D("5.0000"), "5,00")
            with pytest.raises(ValidationError, match=r"1280,50 or 1\.280,50"):
                field.clean("1280.50")
            with pytest.raises(ValidationError, match="two ways"):
                field.clean("1.280")
            with pytest.raises(ValidationError, match=r"At most 0,5\."):
                AmountField(max_value=D("0.5")).clean("0,6")
        assert field.prepare_value(D("1280.5000")) == "1280.50"

    def test_discounts(self) -> None:
        field = DiscountField()
        with numbers_written(COMMA):
            assert field.clean("2,5%") == Discount(percent=D("2.5"))
            assert field.prepare_value(Discount(percent=D("2.5"))) == "2,5%"
            with pytest.raises(ValidationError, match="50,00 or 10%"):
                field.clean("x")
            with pytest.raises(ValidationError, match="two ways"):
                field.clean("1.280")


class TestWriting:
    def test_pages_and_documents(self) -> None:
        amount = D("-1280.5")
        for style, shown, typed in (
            (POINT, "−1,280.50", "-1280.50"),
            (COMMA, "−1.280,50", "-1280,50"),
            (SPACE, "−1\u00a0280,50", "-1280,50"),
        ):
            with numbers_written(style):
                html = str(money_html(amount, "EUR"))
                assert f">{shown}</span>" in html
                assert f'data-copy="{typed}"' in html
                assert number_html(D("1280.500")).count(written("1,280.5", style)) == 1
                assert percent(D("0.065")) == written("6.5 %", style)
                # What leaves the page is the same for everybody.
                assert amount_text(amount, "EUR") == amount_of_a_document(amount, "EUR")
                assert amount_text(amount, "EUR") == "−1,280.50"
                assert plain_amount(amount, "EUR") == "-1280.50"
        assert 'data-copy="1280"' in number_html(D("1.28E+3"))

    def test_no_style_of_anybody_stays(self) -> None:
        with numbers_written("nonsense"):
            assert shown_amount(D(1000), "EUR") == "1,000.00"


class TestKeptTexts:
    def test_are_rewritten_and_never_read_as_another_amount(self) -> None:
        texts = {
            "lines-0-unit_price": "1,280", "lines-0-quantity": "=1,5*2", "lines-0-discount": "2,5%",
            "lines-1-unit_price": "1.280", "lines-0-description": "1,280", "reference": "1.280",
        }  # fmt: skip
        with numbers_written(COMMA):
            kept = with_style(texts)
            assert read_again(kept) == texts
        assert read_again(kept) == texts | {
            "lines-0-unit_price": "1.28",
            "lines-0-quantity": "3",
            "lines-0-discount": "2.5%",
            "lines-1-unit_price": "",  # could not be read then
        }
        assert read_again({"lines-0-unit_price": "1,280"}) == {"lines-0-unit_price": "1,280"}


@pytest.fixture
def desk(tenant: Tenant, members: dict[str, User]) -> Any:
    """Return a browser of an admin who writes 1.280,50."""
    User.objects.filter(pk=members["ADMIN"].pk).update(number_style=COMMA)
    client = Client()
    client.force_login(members["ADMIN"])
    return client


class TestPages:
    def test_a_price_is_written_and_read_alike(self, desk: Client, tenant: Tenant) -> None:
        with tenant_scope(tenant.pk):
            line = InvoiceLineFactory(unit_price=D("1280.50"))
        editor = desk.get(f"/t/acme/invoices/{line.invoice_id}/edit/")
        assert 'value="1280,50"' in editor.content.decode()

    def test_a_limit_is_kept_and_filtered(self, desk: Client, tenant: Tenant) -> None:
        with tenant_scope(tenant.pk):
            customer = CustomerFactory(name="Big", credit_limit=D("1280.50"))
        page = desk.get(f"/t/acme/customers/{customer.pk}/").content.decode()
        assert "1.280,50" in page
        assert "1,280.50" not in page
        form = desk.get(f"/t/acme/customers/{customer.pk}/edit/").content.decode()
        assert 'value="1280,50"' in form

    def test_the_list_as_a_file_is_the_same_for_everybody(
        self, desk: Client, tenant: Tenant, members: dict[str, User]
    ) -> None:
        with tenant_scope(tenant.pk):
            line = InvoiceLineFactory()
            amounts = dict.fromkeys(("lines_amount", "net_amount", "total_amount"), D("1280.50"))
            Invoice.objects.filter(pk=line.invoice_id).update(**amounts, tax_amount=0)
        files = []
        for style in (COMMA, POINT):
            User.objects.filter(pk=members["ADMIN"].pk).update(number_style=style)
            answer = desk.get("/t/acme/invoices/?export=csv")
            files.append(b"".join(answer.streaming_content) if answer.streaming else answer.content)
        assert files[0] == files[1]
        assert b"1280.50" in files[0]

"""Form fields of the house."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.template.loader import get_template

from core.forms import AmountField, DayField, HouseForm, HouseModelForm
from core.models import Tenant
from customers.models import Customer


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("1,280.50", "1280.50"), (" 1280.5 ", "1280.5"), ("-3", "-3"), ("−3", "-3"), ("0", "0")],
)
def test_amounts_as_people_type_them(typed: str, amount: str) -> None:
    assert AmountField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1.280,50", "invalid"),
        ("1e3", "invalid"),
        ("NaN", "invalid"),
        ("Infinity", "invalid"),
        ("１２", "invalid"),
        ("\x00", "invalid"),
        ("9" * 16, "invalid"),
        ("", "required"),
        ("   ", "required"),
        ("1.23456", "places"),
        ("-1", "least"),
        ("1000", "most"),
    ],
)
def test_amounts_that_are_refused(typed: str, code: str) -> None:
    field = AmountField(min_value=Decimal(0), max_value=Decimal(999))
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    assert refused.value.code == code


def test_an_amount_takes_its_currencys_places() -> None:
    field = AmountField()
    field.set_currency("JPY")
    assert field.clean("5.0") == 5
    with pytest.raises(ValidationError):
        field.clean("5.5")


def test_an_amount_is_shown_as_it_would_be_typed() -> None:
    field = AmountField()
    assert field.prepare_value(Decimal("1280.5000")) == "1280.50"
    assert field.prepare_value(Decimal("0.1234")) == "0.1234"
    assert field.prepare_value("1.2.3") == "1.2.3"
    field.set_currency("JPY")
    assert field.prepare_value(Decimal("1E+3")) == "1000"
    assert not field.has_changed(Decimal("5.0000"), "5")
    assert field.has_changed(Decimal("5.0000"), "x")


@pytest.mark.parametrize(
    "typed", ["1969-12-31", "2101-01-01", "0001-01-01", "02/03/2026", "x", "\x00"]
)
def test_days_out_of_reach(typed: str) -> None:
    with pytest.raises(ValidationError):
        DayField().clean(typed)


def test_days() -> None:
    assert DayField().clean("2026-02-28") == date(2026, 2, 28)
    html = str(DayForm(initial={"day": date(2026, 2, 3)})["day"])
    assert 'type="date"' in html
    assert 'value="2026-02-03"' in html
    assert 'min="1970-01-01"' in html


class DayForm(HouseForm):
    day = DayField()

    def clean(self) -> None:
        raise ValidationError("Both are wrong.")


class CustomerForm(HouseModelForm):
    class Meta:
        model = Customer
        fields = ("credit_limit", "reminders_paused_until", "name")


def test_a_models_form_has_the_houses_fields(in_tenant: Tenant) -> None:
    fields = CustomerForm().fields
    assert isinstance(fields["credit_limit"], AmountField)
    assert isinstance(fields["reminders_paused_until"], DayField)
    form = CustomerForm({"credit_limit": "1,000.5", "name": "N"})
    assert form.is_valid()
    assert form.cleaned_data["credit_limit"] == Decimal("1000.5")


SUMMARY = "{% include 'core/parts/form_errors.html' %}"
CRISPY = "{% load crispy_forms_tags %}{% crispy form %}"


@pytest.mark.parametrize("source", [SUMMARY + CRISPY, CRISPY, SUMMARY + "{{ form.day }}"])
def test_errors_are_summed_up_once(source: str) -> None:
    html = Template(source).render(Context({"form": DayForm({"day": "x"})}))
    assert html.count("Both are wrong.") == 1
    assert html.count('<a href="#id_day">Day</a>') == 1
    assert "<form" not in html
    assert "csrfmiddlewaretoken" not in html


def test_no_errors_no_summary() -> None:
    class Fine(HouseForm):
        name = forms.CharField()

    assert "alert" not in Template(SUMMARY + CRISPY).render(Context({"form": Fine()}))


def test_a_checkbox_stands_before_its_label() -> None:
    class Choice(forms.Form):
        remember = forms.BooleanField(label="Remember me", required=False)

    html = get_template("core/parts/field.html").render({"field": Choice()["remember"]})
    assert re.search(
        r'<label class="form-check">\s*<input[^>]*type="checkbox"[^>]*>\s*'
        r'<span class="form-check-label">Remember me</span>\s*</label>',
        html,
    )
    assert 'form-check-input"' in html

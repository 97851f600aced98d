"""Forms of the house: Bootstrap fields through crispy-forms, exact amounts, native days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import ModelFormMetaclass
from django.utils.translation import gettext_lazy as _

from core.dates import EARLIEST, LATEST
from core.money import places, trimmed
from core.numbers import (
    NotAnAmount,
    TwoReadings,
    number_style,
    parse_amount,
    parse_anywhere,
    written,
)
from core.plain_text import plain_text
from core.reckoning import reckon

MAX_WHOLE_DIGITS = 15


class AmountField(forms.Field):
    """An amount as the person types it, read by ``core.numbers``; gives a Decimal.

    ``decimal_places`` limits the places (4, as the column stores); ``set_currency`` narrows it to
    the currency's own. With ``reckons`` a sum may be typed, see ``core.reckoning``. One that stands
    in addresses, which people send each other, is read ``anywhere`` if it has one reading.
    """

    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("Enter an amount such as %(plain)s or %(grouped)s."),
        "unclear": _("Enter an amount such as %(grouped)s, or a sum such as %(sum)s."),
        "two": _("This can be read in two ways. Leave out the mark between thousands."),
        "places": _("At most %(places)s decimal places."),
        "least": _("At least %(least)s."),
        "most": _("At most %(most)s."),
    }

    def __init__(
        self,
        *,
        decimal_places: int = 4,
        min_value: Decimal | None = None,
        max_value: Decimal | None = None,
        reckons: bool = False,
        least_places: int = 2,
        anywhere: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("max_digits", None)
        self.anywhere = anywhere
        self.decimal_places, self.reckons = decimal_places, reckons
        self.least_places = least_places
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def set_currency(self, currency: str) -> None:
        """Take no more decimal places than the currency has."""
        self.decimal_places = places(currency)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off", "class": "num text-end"}

    def prepare_value(self, value: Any) -> Any:
        """Show a Decimal without superfluous zeros, but with ``least_places``, a price's two."""
        if not isinstance(value, Decimal):
            return value
        shown = trimmed(value, min(self.least_places, self.decimal_places))
        return written(f"{shown:f}", number_style())

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values or not str(value).strip():
            return None
        if isinstance(value, Decimal):
            return value
        try:
            return self._read(str(value))
        except TwoReadings:
            raise ValidationError(self.error_messages["two"], code="invalid") from None
        except NotAnAmount:
            raise ValidationError(
                self.error_messages["unclear" if self.reckons else "invalid"],
                code="invalid",
                params=samples(),
            ) from None

    def _read(self, text: str) -> Decimal:
        style = number_style()
        if self.reckons:
            return reckon(text, decimal_places=self.decimal_places, style=style)
        return parse_anywhere(text, style) if self.anywhere else parse_amount(text, style)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if value != value.quantize(Decimal(1).scaleb(-self.decimal_places)):
            raise ValidationError(
                self.error_messages["places"],
                code="places",
                params={"places": self.decimal_places},
            )
        if self.min_value is not None and value < self.min_value:
            raise ValidationError(
                self.error_messages["least"],
                code="least",
                params={"least": self._said(self.min_value)},
            )
        if self.max_value is not None and value > self.max_value:
            raise ValidationError(
                self.error_messages["most"],
                code="most",
                params={"most": self._said(self.max_value)},
            )

    def _said(self, bound: Decimal) -> str:
        return written(f"{bound:f}", number_style())

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare numbers, not their writing: 5 is 5.00."""
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


def samples() -> dict[str, str]:
    """Return amounts as the person writes them, for messages."""
    style = number_style()
    return {
        "plain": written("1280.50", style),
        "grouped": written("1,280.50", style),
        "sum": f"1000/{written('1.06', style)}",
    }


class DayField(forms.DateField):
    """A day in the browser's own date field, between 1970 and 2100."""

    default_error_messages = {"range": _("Enter a day between %(first)s and %(last)s.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        kwargs.setdefault("input_formats", ["%Y-%m-%d"])
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"min": EARLIEST.isoformat(), "max": LATEST.isoformat()}

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and not EARLIEST <= value <= LATEST:
            raise ValidationError(
                self.error_messages["range"],
                code="range",
                params={"first": EARLIEST.isoformat(), "last": LATEST.isoformat()},
            )


class PlainTexts:
    """A form that reads texts as they are kept; passwords stay as they were typed."""

    def _widget_data_value(self, widget: forms.Widget, html_name: str) -> Any:
        value = super()._widget_data_value(widget, html_name)  # type: ignore[misc]
        is_text = isinstance(value, str) and not isinstance(widget, forms.PasswordInput)
        return plain_text(value) if is_text else value


class _House(PlainTexts):
    """What both kinds of forms share; pages write their own form tag, token and buttons."""

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.include_media = False
        return helper


class HouseForm(_House, forms.Form):
    """Shown by ``{% crispy form %}``, or by ``{{ form.x|as_crispy_field }}`` for each field."""

    required_css_class = "required"


def _house_formfield(field: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
    if isinstance(field, models.DecimalField):
        kwargs.setdefault("form_class", AmountField)
        return field.formfield(**kwargs)
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        kwargs.setdefault("form_class", DayField)
        return field.formfield(**kwargs)
    return field.formfield(**kwargs)


class _HouseModelFormMetaclass(ModelFormMetaclass):
    """Gives every form's Meta the house's fields, also where Meta does not inherit."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any
    ) -> type:
        meta = attrs.get("Meta")
        if meta is not None and getattr(meta, "formfield_callback", None) is None:
            callback: Callable[..., Any] = _house_formfield
            meta.formfield_callback = staticmethod(callback)
        return super().__new__(mcs, name, bases, attrs, **kwargs)


class HouseModelForm(_House, forms.ModelForm, metaclass=_HouseModelFormMetaclass):
    """A model's form with exact amounts and native days. Views hand its data to an operation."""

    required_css_class = "required"

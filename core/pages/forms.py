"""Forms of the company's own pages: settings and people."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from stdnum import exceptions, iban

from core.colors import READABLE, NotAColor, contrast_on_white, readable_shade
from core.countries import country_choices
from core.currencies import currency_choices
from core.forms import AmountField, DayField, HouseForm, HouseModelForm
from core.models import BankAccount, Tenant
from core.models.numbering import NumberKind
from core.models.tenant import DataScope
from core.numbering import BadPattern, checked_pattern
from core.numbers import POINT, number_style
from core.operations.create_company import SLUG_LENGTH, time_zones
from core.roles import Role
from core.tax_ids import BadTaxId, checked_tax_id

_IBAN = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9 ]{8,}")
_RATE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_URL = URLValidator(schemes=["http", "https"])


def _long_select() -> forms.Select:
    return forms.Select(attrs={"data-typeahead": ""})


def _zone_choices() -> list[tuple[str, str]]:
    return [(zone, zone) for zone in sorted(time_zones())]


class NewCompanyForm(HouseForm):
    """What a new company must say; the rest comes from its country."""

    name = forms.CharField(label=_("Company name"), max_length=200)
    slug = forms.CharField(
        label=_("Address"),
        max_length=SLUG_LENGTH,
        required=False,
        help_text=_("The last part of the web address: small letters, digits and hyphens."),
    )
    country = forms.ChoiceField(label=_("Country"), widget=_long_select())
    currency = forms.ChoiceField(
        label=_("Base currency"),
        widget=_long_select(),
        help_text=_("Cannot be changed later. Invoices may be in other currencies."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, widget=_long_select())
    language = forms.ChoiceField(label=_("Document language"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = [("", _("As usual in the country"))]
        choices: dict[str, list[tuple[str, Any]]] = {
            "country": [("", ""), *country_choices()],
            "currency": [("", ""), *currency_choices()],
            "time_zone": usual + _zone_choices(),
            "language": usual + list(settings.LANGUAGES),
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Make the address from the name, where it was left empty."""
        data = super().clean() or self.cleaned_data
        if not data.get("slug") and "slug" not in self.errors:
            data["slug"] = slugify(data.get("name", ""))[:SLUG_LENGTH].strip("-")
            if not data["slug"]:
                self.add_error("slug", gettext("Write an address in Latin letters, like north."))
        return data


class ProfileForm(HouseModelForm):
    """What the company says of itself on its documents."""

    country = forms.ChoiceField(label=_("Country"), required=False, widget=_long_select())
    language = forms.ChoiceField(label=_("Document language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        widget=_long_select(),
        help_text=_("Due dates and reminders go by the day in this zone."),
    )

    class Meta:
        model = Tenant
        fields = (
            "name",
            "tax_id",
            "register_line",
            "country",
            "address",
            "phone",
            "email",
            "website",
            "language",
            "time_zone",
            "tax_mode",
            "brand_color",
        )
        widgets = {
            "address": forms.Textarea(attrs={"rows": 3}),
            "brand_color": forms.TextInput(attrs={"type": "color"}),
        }
        help_texts = {
            "email": _("Customers' answers to invoices go here."),
            "register_line": _("Printed at the foot of documents, as your country requires."),
            "brand_color": _("The accent of your documents; must be readable on white."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", ""), *country_choices()]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = _zone_choices()  # type: ignore[attr-defined]
        self.fields["tax_mode"].help_text = _(
            "Three lines of 0.35 at 13 %: tax 0.14 on their sum, but 0.15 when each line is "
            "rounded. A Chinese fapiao rounds each line."
        )

    def clean_website(self) -> str:
        """Take an address with or without ``https://``."""
        website = str(self.cleaned_data["website"])
        if website:
            _URL(website if "://" in website else f"https://{website}")
        return website

    def clean_brand_color(self) -> str:
        """Refuse a colour that cannot be read on white."""
        color = str(self.cleaned_data["brand_color"]).lower()
        try:
            contrast = contrast_on_white(color)
        except NotAColor:
            raise ValidationError(_("Write a colour as #1a56db.")) from None
        if contrast < READABLE:
            raise ValidationError(
                _(
                    "Too light to be read on white: contrast %(contrast)s, needed is %(least)s. "
                    "The nearest shade that can be read is %(shade)s."
                ),
                params={
                    "contrast": f"{contrast:.1f}",
                    "least": READABLE,
                    "shade": readable_shade(color),
                },
            )
        return color

    def clean(self) -> dict[str, Any]:
        """Check the tax id by the country that is chosen beside it."""
        data = super().clean() or self.cleaned_data
        if "tax_id" in data:
            try:
                data["tax_id"] = checked_tax_id(data["tax_id"], data.get("country", ""))
            except BadTaxId as bad:
                self.add_error("tax_id", bad.message)
        return data


class BankAccountForm(HouseModelForm):
    """One of the company's own accounts."""

    currency = forms.ChoiceField(label=_("Currency"))

    class Meta:
        model = BankAccount
        fields = ("holder", "bank", "number", "code", "currency", "is_active")
        help_texts = {
            "number": _(
                "The first account is printed at once, another or a changed one after 24 hours; "
                "until then documents name what they named before. All admins are told by mail."
            ),
            "is_active": _("An account out of use is not printed on new documents."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = currency_choices()  # type: ignore[attr-defined]

    def clean_number(self) -> str:
        """Check an IBAN; other account numbers only lose doubled spaces."""
        number = " ".join(str(self.cleaned_data["number"]).split())
        if not _IBAN.fullmatch(number):
            return number
        try:
            return str(iban.format(iban.validate(number)))
        except exceptions.ValidationError:
            raise ValidationError(_("This IBAN is not valid. Check it digit by digit.")) from None


class NumberFormatsForm(HouseForm):
    """The pattern of each kind of document."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in NumberKind:
            self.fields[kind.value] = forms.CharField(
                label=kind.label, max_length=40, validators=[_require_pattern]
            )


def _require_pattern(pattern: str) -> None:
    try:
        checked_pattern(pattern)
    except BadPattern as bad:
        raise ValidationError(bad.message) from None


class RateField(AmountField):
    """An exchange rate: up to nine decimal places, which a rupiah in euros needs."""

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        if number_style() != POINT:
            text = "" if "." in text else text.replace(",", ".")
        return Decimal(text) if _RATE.fullmatch(text) else super().to_python(value)


class RateForm(HouseForm):
    """What a foreign currency is worth from a day on."""

    currency = forms.ChoiceField(label=_("Currency"))
    day = DayField(label=pgettext_lazy("exchange", "From"))
    rate = RateField(
        label=pgettext_lazy("exchange", "Rate"), decimal_places=9, max_value=Decimal(10**8)
    )

    def __init__(self, *args: Any, base_currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            choice for choice in currency_choices() if choice[0] != base_currency
        ]
        self.fields["rate"].help_text = gettext(
            "What one unit of the currency is worth in %(base)s."
        ) % {"base": base_currency}


class RolesField(forms.TypedMultipleChoiceField):
    """Roles as ticks."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Roles"))
        super().__init__(
            choices=Role.choices, widget=forms.CheckboxSelectMultiple, coerce=str, **kwargs
        )


class ScopeForm(HouseForm):
    """Whose customers somebody sees. What is left out stays as it is."""

    data_scope = forms.ChoiceField(
        label=pgettext_lazy("member", "Sees"),
        choices=DataScope.choices,
        required=False,
        initial=DataScope.ALL,
        widget=forms.RadioSelect,
        help_text=_(
            "Invoices, receipts, reminders, messages and reports follow their customer. Whoever "
            "sees own customers sees those they are the owner of. Admins see all."
        ),
    )
    team = forms.CharField(
        label=_("Team"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"list": "teams", "autocomplete": "off"}),
        help_text=_("A name that nobody is in yet makes a new team."),
    )

    def clean_team(self) -> str | None:
        """Tell a team that was taken out from one that was not asked about."""
        return str(self.cleaned_data["team"]).strip() if "team" in self.data else None


class NewPersonForm(ScopeForm):
    """Somebody who is invited to work here."""

    field_order = ("email", "name", "roles", "data_scope", "team")

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("A link is sent there, good for seven days. Who accepts it works here."),
    )
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=120,
        required=False,
        help_text=_("For somebody new here. A person who signs in elsewhere keeps their name."),
    )
    roles = RolesField()


class PersonForm(ScopeForm):
    """What a member may do, and whose customers they see."""

    field_order = ("roles", "is_active", "data_scope", "team")

    roles = RolesField()
    is_active = forms.BooleanField(
        label=_("May come in"),
        required=False,
        help_text=_(
            "Without this tick the person stays in the history but cannot open the company."
        ),
    )

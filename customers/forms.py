"""Forms of the customer archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from core.countries import country_choices
from core.currencies import currency_choices
from core.forms import DayField, HouseForm, HouseModelForm
from core.models import Tenant, User
from core.tenancy import active_viewer
from customers.enums import AddressKind, ContactRole
from customers.models import Customer, PaymentTerm
from customers.operations import ContactDraft, CustomerDraft, LimitOfOldCurrency
from customers.operations.values import FIELDS
from customers.owners import possible_owners
from customers.queries import duplicates_of

BLANK_CONTACTS = 2
MAX_CONTACTS = 100
_AREA = {"rows": 3, "autocomplete": "off"}
_TICK = {"class": "form-check-input"}


class CustomerForm(HouseModelForm):
    """A customer's own data and addresses; its contacts are a formset beside it.

    ``version`` is the one the person saw; ``same_anyway`` saves in spite of a possible duplicate.
    """

    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        required=False,
        help_text=_("Leave it empty to get the next one."),
    )
    country = forms.ChoiceField(label=_("Country"), required=False)
    language = forms.ChoiceField(
        label=_("Document language"),
        choices=settings.LANGUAGES,
        help_text=_("Of invoices and mails to this customer."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=currency_choices)
    terms: forms.ModelChoiceField[PaymentTerm] = forms.ModelChoiceField(
        label=_("Payment terms"), queryset=None, required=False, empty_label=_("As the company")
    )
    registered_address = forms.CharField(
        label=AddressKind.REGISTERED.label,
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs=_AREA),
    )
    billing_address = forms.CharField(
        label=AddressKind.BILLING.label,
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs=_AREA),
    )
    delivery_address = forms.CharField(
        label=AddressKind.DELIVERY.label,
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs=_AREA),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    same_anyway = forms.BooleanField(label=_("Save all the same"), required=False)

    class Meta:
        model = Customer
        fields = (
            "name",
            "code",
            "short_name",
            "kind",
            "tax_id",
            "country",
            "language",
            "currency",
            "payment_method",
            "credit_limit",
            "channel",
            "po_required",
            "note",
            "external_key",
        )
        widgets = {"note": forms.Textarea(attrs=_AREA)}
        labels = {"external_key": _("External key"), "channel": _("Invoices go by")}
        help_texts = {
            "external_key": _("Its id in another system, for imports."),
            "tax_id": _("In China the 18 characters of the unified social credit code."),
            "credit_limit": _("Empty: no limit."),
        }

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        customer = kwargs.get("instance")
        kwargs["initial"] = _initial(customer, tenant) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.duplicates: list[Customer] = []
        terms = PaymentTerm.objects.filter(is_active=True).order_by("name")
        if customer and customer.terms_id:
            terms |= PaymentTerm.objects.filter(pk=customer.terms_id)
        term_field = cast("forms.ModelChoiceField[PaymentTerm]", self.fields["terms"])
        term_field.queryset = terms
        country_field = cast("forms.ChoiceField", self.fields["country"])
        country_field.choices = [("", "–"), *country_choices()]
        for name in ("country", "currency"):
            attrs = {"data-typeahead": "", "aria-label": self.fields[name].label}
            self.fields[name].widget.attrs.update(attrs)
        if customer:
            self.fields["code"].required = True
            self.fields["code"].help_text = ""
            term_field.empty_label = "–"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("name") and not cleaned.get("same_anyway"):
            self.duplicates = duplicates_of(
                name=cleaned["name"],
                tax_id=cleaned.get("tax_id", "").strip().upper(),
                besides=self.instance.pk,
            )
            if self.duplicates and self._says_something_new(cleaned):
                self.add_error(None, _("A customer like this may be there already."))
            else:
                self.duplicates = []
        limit = self.instance.credit_limit
        is_new_currency = self.instance.pk and "currency" in self.changed_data
        if is_new_currency and limit is not None and cleaned.get("credit_limit") == limit:
            self.add_error("credit_limit", LimitOfOldCurrency.message)
        return cleaned

    def _post_clean(self) -> None:
        """Leave the instance as it was read: only an operation changes a customer."""

    def _says_something_new(self, cleaned: Mapping[str, Any]) -> bool:
        return any(name in self.changed_data for name in ("name", "tax_id"))

    def values(self) -> dict[str, Any]:
        """Return the customer's fields by name."""
        return {name: self.cleaned_data[name] for name in FIELDS}

    def draft(self) -> CustomerDraft:
        """Return the customer to be."""
        return CustomerDraft(**self.values())

    def addresses(self) -> dict[str, str]:
        """Return the addresses by kind, the empty ones too."""
        return {
            kind.value: self.cleaned_data[f"{kind.value.lower()}_address"] for kind in AddressKind
        }


class ContactForm(HouseForm):
    """One contact; a row left as it was shown is no contact."""

    id = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    roles = forms.MultipleChoiceField(
        label=_("Receives"),
        choices=ContactRole.choices,
        required=False,
        initial=[ContactRole.BILLING, ContactRole.PAYER],
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True, widget=forms.CheckboxInput(attrs=_TICK)
    )


class ContactRows(forms.BaseFormSet):
    """The contacts of one customer, with blank rows for more."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove")
        form.fields["DELETE"].widget.attrs.update(_TICK)

    def drafts(self) -> list[ContactDraft]:
        """Return the contacts as they shall be."""
        return [
            ContactDraft(
                id=row["id"],
                name=row["name"],
                email=row["email"],
                phone=row["phone"],
                roles=tuple(row["roles"]),
                is_active=row["is_active"],
            )
            for row in (form.cleaned_data for form in self.forms)
            if row and row.get("name") and not row.get("DELETE")
        ]


ContactFormSet = cast(
    "type[ContactRows]",
    forms.formset_factory(
        ContactForm,
        formset=ContactRows,
        extra=BLANK_CONTACTS,
        can_delete=True,
        max_num=MAX_CONTACTS,
        absolute_max=MAX_CONTACTS,
    ),
)


def contact_rows(customer: Customer | None) -> list[dict[str, Any]]:
    """Return the contacts as the formset's initial data."""
    if customer is None:
        return []
    names = ("id", "name", "email", "phone", "roles", "is_active")
    return [
        {name: getattr(contact, name) for name in names}
        for contact in customer.contacts.order_by("pk")
    ]


class ReasonForm(HouseForm):
    """Why; asked before a customer is put on hold."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class PauseForm(ReasonForm):
    """Why reminders stop, and until when."""

    until = DayField(
        label=_("Until"), required=False, help_text=_("This day included. Empty: until resumed.")
    )


class OwnerForm(HouseForm):
    """Who looks after customers; nobody may be chosen by who sees the whole company."""

    owner: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        label=pgettext_lazy("customer", "Owner"), queryset=User.objects.none(), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[User]", self.fields["owner"])
        field.queryset = possible_owners()
        field.required = active_viewer() is not None
        field.empty_label = pgettext("owner", "Nobody")


class NoForm(HouseForm):
    """Nothing to ask but whether."""


def _initial(customer: Customer | None, tenant: Tenant) -> dict[str, Any]:
    if customer is None:
        default = PaymentTerm.objects.filter(is_default=True, is_active=True).first()
        return {
            "currency": tenant.currency,
            "language": tenant.language,
            "country": tenant.country,
            "terms": default and default.pk,
        }
    texts = {address.kind: address.text for address in customer.addresses.all()}
    return {
        "version": customer.version,
        "terms": customer.terms_id,
        **{f"{kind.value.lower()}_address": texts.get(kind.value, "") for kind in AddressKind},
    }

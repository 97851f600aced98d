"""The head of a bill, and the small forms around its life."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import HouseForm
from core.money import ZERO
from core.urls_in import page_url
from customers.models import PaymentTerm
from invoices.enums import ReturnReason
from invoices.forms.discount import Discount, DiscountField
from invoices.forms.fields import CustomerField, currency_field, with_blank
from invoices.models import Invoice
from invoices.operations import HeadDraft


class HeadForm(HouseForm):
    """What the head of a bill says. Terms, language and currency left blank are the customer's."""

    customer = CustomerField()
    currency = currency_field(required=False)
    terms: forms.ModelChoiceField[PaymentTerm] = forms.ModelChoiceField(
        label=_("Payment terms"), queryset=None, required=False
    )
    language = forms.ChoiceField(
        label=_("Document language"), choices=settings.LANGUAGES, required=False
    )
    po_number = forms.CharField(label=_("Purchase order"), max_length=60, required=False)
    reference = forms.CharField(label=_("Contract or reference"), max_length=80, required=False)
    discount = DiscountField(label=_("Discount"))
    note = forms.CharField(
        label=_("Note to the customer"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    internal_note = forms.CharField(
        label=_("Internal note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, tenant: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.get("customer") if self.is_bound else self.initial.get("customer")
        customer = cast("CustomerField", self.fields["customer"])
        whose = customer.fill(tenant, chosen)
        # The editor's own list: it shows how a customer stands, and takes the option by Tab.
        customer.widget.attrs.pop("data-typeahead", None)
        customer.widget.attrs |= {
            "data-choose": "customer",
            "data-url": page_url(tenant, "invoices:customer_choices"),
            # What a blank currency means: a product's price may be in another one.
            "data-currency": whose.currency if whose else "",
        }
        terms = cast("forms.ModelChoiceField[PaymentTerm]", self.fields["terms"])
        terms.queryset = PaymentTerm.objects.order_by("-is_default", "name")
        version = self.data.get("version") if self.is_bound else self.initial.get("version")
        terms.empty_label = "–" if version else _("As the customer's")
        for name in ("currency", "language"):
            choice = cast("forms.ChoiceField", self.fields[name])
            if not self.initial.get(name):
                choice.choices = with_blank(choice)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        customer = values.get("customer")
        if customer is None:
            return values
        values["currency"] = values.get("currency") or customer.currency
        values["language"] = values.get("language") or customer.language
        is_new = not values.get("version")
        if is_new and values.get("terms") is None and "terms" not in self.errors:
            values["terms"] = customer.terms
        try:
            field = cast("DiscountField", self.fields["discount"])
            field.require_currency(values.get("discount"), values["currency"])
        except ValidationError as error:
            self.add_error("discount", error)
        return values

    def draft(self) -> HeadDraft:
        """Return the cleaned head."""
        values = self.cleaned_data
        return HeadDraft(
            customer_id=values["customer"].pk,
            currency=values["currency"],
            terms_id=values["terms"].pk if values["terms"] else None,
            language=values["language"],
            po_number=values["po_number"],
            reference=values["reference"],
            note=values["note"],
            internal_note=values["internal_note"],
            discount_amount=(values["discount"] or Discount()).amount,
            discount_percent=(values["discount"] or Discount()).percent,
        )


def initial_of(invoice: Invoice) -> dict[str, Any]:
    """Return a saved bill's head as the form shows it."""
    names = ("currency", "language", "po_number", "reference", "note", "internal_note", "version")
    return {name: getattr(invoice, name) for name in names} | {
        "customer": invoice.customer_id,
        "terms": invoice.terms_id,
        "discount": Discount(
            invoice.discount_percent,
            ZERO if invoice.discount_percent else invoice.discount_amount,
        ),
    }


class ReturnForm(HouseForm):
    """Why a bill goes back to its author."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[("", ""), *ReturnReason.choices])
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("reason") == ReturnReason.OTHER and not values.get("comment"):
            self.add_error("comment", _("Say what is wrong."))
        return values


class VoidForm(HouseForm):
    """Why a bill is voided."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

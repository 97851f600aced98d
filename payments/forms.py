"""Forms of money in: the receipt itself, what it is applied to, why it is reversed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.currencies import MINOR_UNITS, currency_choices
from core.forms import AmountField, DayField, HouseForm
from core.models import BankAccount, Tenant
from core.money import ZERO, q, quantum
from core.presentation import shown_amount
from core.urls_in import page_url
from customers.enums import PaymentMethod
from customers.models import Customer
from ledger.models import OpenItem
from payments.operations import ReceiptDraft
from payments.queries import customer_choices, read_id


def chosen_customer(data: Mapping[str, Any]) -> tuple[Customer | None, bool]:
    """
    Return the customer a form names, and whether it named one that is not there.

    A code that was typed counts before what is picked in the list: only who has no JavaScript can
    type one.
    """
    code = str(data.get("customer_code") or "").replace("\x00", "").strip()
    if code:
        customer = Customer.objects.filter(code__iexact=code[:40]).first()
        return customer, customer is None
    picked = str(data.get("customer") or "")
    pk = read_id(picked)
    customer = None if pk is None else Customer.objects.filter(pk=pk).first()
    return customer, bool(picked) and customer is None


class ReceiptForm(HouseForm):
    """Money that came in. The customer is known before the form: its currency is the default."""

    customer = forms.CharField(
        label=_("Customer"), required=False, widget=forms.Select(attrs={"data-typeahead": ""})
    )
    customer_code = forms.CharField(
        label=_("Customer code"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    amount = AmountField(label=_("Amount received"))
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    received_on = DayField(label=_("Received on"))
    method = forms.ChoiceField(label=_("Method"), choices=PaymentMethod.choices)
    bank_account: forms.ModelChoiceField[BankAccount] = forms.ModelChoiceField(
        label=_("Received on account"), queryset=None, required=False, empty_label="–"
    )
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=140,
        help_text=_("What the payer wrote: numbers of invoices, a purpose."),
    )
    payer_name = forms.CharField(
        label=_("Payer"),
        required=False,
        max_length=200,
        help_text=_("If somebody else than the customer paid."),
    )
    note = forms.CharField(
        label=_("Internal note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        tenant: Tenant,
        day: date,
        customer: Customer | None,
        is_unknown: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.day, self.chosen, self.is_unknown = day, customer, is_unknown
        said = self.data.get("currency") if self.is_bound else self.initial.get("currency")
        default = customer.currency if customer else tenant.currency
        self.in_currency: str = said if said in MINOR_UNITS else default
        fields: dict[str, Any] = self.fields
        fields["currency"].choices = [
            ("", default),
            *(choice for choice in currency_choices() if choice[0] == said or choice[0] != default),
        ]
        picker = fields["customer"].widget
        picker.choices = customer_choices(customer)
        picker.attrs["data-url"] = page_url(tenant, "customers:search")
        amount = fields["amount"]
        amount.set_currency(self.in_currency)
        amount.min_value = quantum(self.in_currency)
        fields["received_on"].widget.attrs["max"] = day.isoformat()
        accounts = BankAccount.objects.filter(is_active=True, currency=self.in_currency)
        self.accounts = accounts.order_by("bank", "pk")
        fields["bank_account"].queryset = self.accounts

    def clean_received_on(self) -> date:
        received_on: date = self.cleaned_data["received_on"]
        if received_on > self.day:
            raise ValidationError(_("Money cannot have come in after today."), code="future")
        return received_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_unknown:
            typed = str(self.data.get("customer_code") or "").strip()
            self.add_error(
                "customer", _("No customer has this code.") if typed else _("No such customer.")
            )
        elif self.chosen is None:
            self.add_error("customer", ValidationError(_("Choose a customer."), code="required"))
        else:
            cleaned["customer"] = self.chosen
        return cleaned

    def forgive_what_is_empty(self) -> None:
        """Take back complaints about fields nobody has come to yet: the page is only refreshed."""
        for name, errors in list(self.errors.items()):
            if all(error.code == "required" for error in errors.as_data()):
                del self.errors[name]

    def draft(self) -> ReceiptDraft:
        """Return the receipt to be, of a valid form."""
        values = self.cleaned_data
        return ReceiptDraft(
            customer_id=values["customer"].pk,
            received_on=values["received_on"],
            currency=self.in_currency,
            amount=values["amount"],
            method=values["method"],
            bank_account=values["bank_account"],
            payer_name=values["payer_name"],
            reference=values["reference"],
            note=values["note"],
        )


class ApplyForm(HouseForm):
    """How much of some money settles each open debt; a field named ``apply_ID`` for each.

    ``amount`` is the money there is, None while nobody knows; all in ``currency``.
    """

    def __init__(
        self,
        *args: Any,
        items: Sequence[OpenItem],
        currency: str,
        amount: Decimal | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items, self.currency, self.amount = items, currency, amount
        for item in items:
            field = AmountField(
                label=item.label,
                required=False,
                min_value=ZERO,
                max_value=q(item.open_amount, currency),
                error_messages={
                    "least": gettext("Not less than zero."),
                    "most": gettext("Only %(left)s of it is open.")
                    % {"left": shown_amount(item.open_amount, currency)},
                },
            )
            field.set_currency(currency)
            field.widget.attrs.update(
                {
                    "class": "form-control form-control-sm num text-end apply-input",
                    "aria-label": gettext("Apply to %(label)s") % {"label": item.label},
                }
            )
            self.fields[apply_name(item.pk)] = field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        left = self.amount
        for item in self.items:
            part = cleaned.get(apply_name(item.pk)) or ZERO
            if left is None or not part:
                continue
            if part > left:
                self.add_error(
                    apply_name(item.pk),
                    gettext("Only %(left)s of the money is left for it.")
                    % {"left": shown_amount(left, self.currency)},
                )
            left = max(left - part, ZERO)
        return cleaned

    def amounts(self) -> dict[int, Decimal]:
        """Return the amounts by item id that are to be applied, of what could be read."""
        if not self.is_bound or not hasattr(self, "cleaned_data"):
            return {}
        parts = {item.pk: self.cleaned_data.get(apply_name(item.pk)) for item in self.items}
        return {pk: part for pk, part in parts.items() if part}


class ReverseForm(HouseForm):
    """Why a receipt is taken back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays in the history, and on the customer's account."),
    )


def apply_name(item_id: int) -> str:
    """Return the name of the field of an item."""
    return f"apply_{item_id}"

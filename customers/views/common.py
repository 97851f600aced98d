"""What the pages of one customer share."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from customers.models import Customer


def customer_or_404(pk: int) -> Customer:
    """Return the active company's customer; another company's is as missing as none at all."""
    return get_object_or_404(Customer.objects.select_related("terms", "owner"), pk=pk)

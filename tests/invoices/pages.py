"""What the tests of the pages of billing share."""

from decimal import Decimal

from django.test import Client

D = Decimal
URL = "/t/acme/invoices/"


class People:
    """One signed-in client per role."""

    def __init__(self, members) -> None:
        self.members = members

    def __call__(self, role: str) -> Client:
        client = Client()
        client.force_login(self.members[role])
        return client


def form_of(customer, *lines, **fields):
    data = {
        "customer": str(getattr(customer, "pk", customer)),
        "lines-TOTAL_FORMS": str(len(lines)),
        "lines-INITIAL_FORMS": "0",
    } | fields
    for index, row in enumerate(lines):
        for name, value in row.items():
            data[f"lines-{index}-{name}"] = value
    return data


def typed(**fields):
    return {
        "position": "1",
        "description": "Consulting",
        "quantity": "2",
        "unit_price": "50.00",
    } | fields

"""Products, tax codes and charges."""

from __future__ import annotations

from django.db.models import F, QuerySet
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from api import expansions, ids
from api.filtering import Filters
from api.operations.changes import write_charge, write_product
from api.serializers.catalogue import (
    ChargeGiven,
    ChargeShown,
    NewChargeGiven,
    ProductGiven,
    ProductShown,
    TaxCodeShown,
)
from api.views.base import NO_BODY, ApiView, does
from invoices import operations
from invoices.filters import ChargeFilter, ProductFilter
from invoices.models import Charge, Product, TaxCode

PRODUCTS, CHARGES = Filters(ProductFilter), Filters(ChargeFilter)


class Products(ApiView):
    tag = "products"

    @does(
        "products_list", "List products", scope="invoices:read", returns=ProductShown,
        is_list=True, filters=PRODUCTS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.page(Product.objects.all(), ProductShown, PRODUCTS)

    @does(
        "products_create", "Add a product", scope="invoices:write", takes=ProductGiven,
        returns=ProductShown, status=201,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        product = write_product(product=None, given=self.body, at=self.at, actor=self.actor)
        where = reverse("api:product", args=[ids.written(ids.PRODUCT, product.pk)])
        return self.shown(product, ProductShown, status=201, location=where)


class ProductDetail(ApiView):
    tag, prefix = "products", ids.PRODUCT

    @does("products_read", "Read a product", scope="invoices:read", returns=ProductShown)
    def get(self, request: Request) -> Response:
        return self.shown(self.found(Product.objects.all()), ProductShown)

    @does(
        "products_change", "Change a product", scope="invoices:write", takes=ProductGiven,
        returns=ProductShown,
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        product = self.found(Product.objects.all())
        product = write_product(product=product, given=self.body, at=self.at, actor=self.actor)
        return self.shown(product, ProductShown)


class TaxCodes(ApiView):
    tag = "tax codes"

    @does(
        "tax_codes_list", "List tax codes", scope="invoices:read", returns=TaxCodeShown,
        is_list=True,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.page(TaxCode.objects.all(), TaxCodeShown)


def charges() -> QuerySet[Charge]:
    """Return charges with the id of the bill they stand on."""
    return Charge.objects.annotate(invoice_id=F("line__invoice_id"))


class Charges(ApiView):
    tag = "charges"

    @does(
        "charges_list", "List charges", scope="invoices:read", returns=ChargeShown,
        is_list=True, filters=CHARGES, expands=(expansions.CUSTOMER,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.page(charges(), ChargeShown, CHARGES)

    @does(
        "charges_create", "Add a charge", scope="invoices:write", takes=NewChargeGiven,
        returns=ChargeShown, status=201,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        charge = write_charge(charge=None, given=self.body, at=self.at, actor=self.actor)
        where = reverse("api:charge", args=[ids.written(ids.CHARGE, charge.pk)])
        row = charges().get(pk=charge.pk)
        return self.shown(row, ChargeShown, status=201, location=where)


class ChargeDetail(ApiView):
    tag, prefix = "charges", ids.CHARGE

    @does(
        "charges_read", "Read a charge", scope="invoices:read", returns=ChargeShown,
        expands=(expansions.CUSTOMER,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.shown(self.found(charges()), ChargeShown)

    @does(
        "charges_change", "Change a charge that waits", scope="invoices:write",
        takes=ChargeGiven, returns=ChargeShown,
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        charge = self.found(Charge.objects.all())
        write_charge(charge=charge, given=self.body, at=self.at, actor=self.actor)
        return self.shown(charges().get(pk=charge.pk), ChargeShown)

    @does("charges_delete", "Remove a charge that waits", scope="invoices:write", status=NO_BODY)
    def delete(self, request: Request) -> Response:
        charge = self.found(Charge.objects.all())
        operations.delete_charge(charge=charge, at=self.at, actor=self.actor)
        return Response(status=NO_BODY)

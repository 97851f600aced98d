"""Settings that are billing's; mounted below ``settings/``."""

from django.urls import URLPattern, path

from invoices.views import taxes

urlpatterns: list[URLPattern] = [
    path("taxes/", taxes.taxes, name="taxes"),
    path("taxes/new/", taxes.tax_new, name="tax_new"),
    path("taxes/<int:pk>/", taxes.tax, name="tax"),
]

"""Settings that are the customer archive's; mounted below ``settings/``."""

from django.urls import URLPattern, path

from customers.views import terms

urlpatterns: list[URLPattern] = [
    path("terms/", terms.terms, name="terms"),
    path("terms/new/", terms.term_new, name="term_new"),
    path("terms/<int:pk>/", terms.term, name="term"),
]

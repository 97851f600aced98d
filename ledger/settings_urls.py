"""Settings that are the ledger's; mounted below ``settings/``."""

from django.urls import URLPattern, path

from ledger.views import periods

urlpatterns: list[URLPattern] = [
    path("periods/", periods.periods, name="periods"),
    path("periods/close/", periods.period_close, name="period_close"),
    path("periods/<int:pk>/reopen/", periods.period_reopen, name="period_reopen"),
    path("periods/<int:pk>/close-again/", periods.period_close_again, name="period_close_again"),
]

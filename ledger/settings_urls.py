from django.urls import URLPattern, path

from ledger.views import periods

app_name = "ledger"
urlpatterns: list[URLPattern] = [
    path("", periods.periods, name="periods"),
    path("close/", periods.period_close, name="period_close"),
    path("<int:pk>/reopen/", periods.period_reopen, name="period_reopen"),
    path("<int:pk>/close-again/", periods.period_close_again, name="period_close_again"),
]

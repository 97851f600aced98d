"""Every address of the site. A view without a policy fails ``tests/test_access_matrix.py``."""

from allauth.account import views as allauth
from django.urls import URLPattern, URLResolver, include, path, re_path

from billing_site.watch import figures, health
from core.views import person_view, public_view

sign_in = public_view(reason="sign-in and password reset are for people who are not signed in")

accounts: list[URLPattern | URLResolver] = [
    path("login/", sign_in(allauth.login), name="account_login"),
    path("logout/", sign_in(allauth.logout), name="account_logout"),
    path("password/change/", person_view(allauth.password_change), name="account_change_password"),
    path("password/set/", person_view(allauth.password_set), name="account_set_password"),
    path("password/reset/", sign_in(allauth.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        sign_in(allauth.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in(allauth.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        sign_in(allauth.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
]

tenant_pages: list[URLPattern | URLResolver] = [
    path("", include("reports.urls")),
    path("customers/", include("customers.urls")),
    path("invoices/", include("invoices.urls")),
    path("receipts/", include("payments.urls")),
    path("collections/", include("dunning.urls")),
    path("messages/", include("messaging.urls")),
    path("settings/", include("customers.settings_urls")),
    path("settings/", include("invoices.settings_urls")),
    path("settings/", include("ledger.settings_urls")),
    path("settings/", include("api.settings_urls")),
    path("", include("core.tenant_urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    # Answered by billing_site.watch.middleware, before anything else is looked at.
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", figures.metrics, name="metrics"),
    path("", include("core.urls")),
    path("accounts/", include(accounts)),
    path("b/", include("portal.urls")),
    path("api/v1/", include("api.urls")),
    path("t/<slug:tenant_slug>/", include(tenant_pages)),
]

"""Every address of the site. A view without a policy fails ``tests/test_access_matrix.py``."""

from django.urls import URLPattern, URLResolver, include, path

from billing_site.platform import views as platform
from billing_site.samples import views as samples
from billing_site.watch import figures, health

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
    path("settings/", include("messaging.settings_urls")),
    path("sample/remove/", samples.sample_remove, name="sample_remove"),
    path("", include("core.tenant_urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    # Answered by billing_site.watch.middleware, before anything else is looked at.
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", figures.metrics, name="metrics"),
    path("platform/", platform.platform, name="platform"),
    path("platform/<slug:slug>/", platform.platform_company, name="platform_company"),
    path(
        "platform/<slug:slug>/jobs/<int:pk>/retry/", platform.platform_retry, name="platform_retry"
    ),
    path("sample/", samples.sample_new, name="sample_new"),
    path("", include("core.urls")),
    path("accounts/", include("core.account_urls")),
    path("b/", include("portal.urls")),
    path("api/v1/", include("api.urls")),
    path("t/<slug:tenant_slug>/", include(tenant_pages)),
]

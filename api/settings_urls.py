from django.urls import URLPattern, path

from api.views import keys

app_name = "api_settings"
urlpatterns: list[URLPattern] = [
    path("api-keys/", keys.key_list, name="keys"),
    path("api-keys/new/", keys.key_new, name="new"),
    path("api-keys/<int:pk>/revoke/", keys.key_revoke, name="revoke"),
]

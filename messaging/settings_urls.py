from django.urls import URLPattern, path

from messaging.views import webhooks

app_name = "webhooks"
urlpatterns: list[URLPattern] = [
    path("webhooks/", webhooks.endpoints, name="list"),
    path("webhooks/new/", webhooks.endpoint_new, name="new"),
    path("webhooks/<int:pk>/", webhooks.endpoint, name="detail"),
    path("webhooks/<int:pk>/edit/", webhooks.endpoint_edit, name="edit"),
    path("webhooks/<int:pk>/secret/", webhooks.secret_renew, name="secret"),
    path("webhooks/<int:pk>/remove/", webhooks.endpoint_remove, name="remove"),
    path("webhooks/<int:pk>/pause/", webhooks.pause, name="pause"),
    path("webhooks/<int:pk>/resume/", webhooks.resume, name="resume"),
    path("webhooks/<int:pk>/test/", webhooks.test, name="test"),
    path("webhooks/deliveries/<int:pk>/", webhooks.delivery, name="delivery"),
    path("webhooks/deliveries/<int:pk>/again/", webhooks.delivery_again, name="delivery_again"),
]

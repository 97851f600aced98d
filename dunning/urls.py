from django.urls import URLPattern

app_name = "collections"
urlpatterns: list[URLPattern] = []

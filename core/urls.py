from django.urls import URLPattern, path

from core.pages import preferences

urlpatterns: list[URLPattern] = [
    path("preferences/", preferences.set_language_theme, name="set_language_theme"),
]

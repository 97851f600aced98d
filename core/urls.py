from django.urls import URLPattern, path

from core.pages import companies, preferences, profile

urlpatterns: list[URLPattern] = [
    path("", companies.root, name="root"),
    path("companies/", companies.companies, name="companies"),
    path("companies/new/", companies.company_new, name="company_new"),
    path("profile/", profile.profile, name="profile"),
    path("preferences/", preferences.set_language_theme, name="set_language_theme"),
]

from django.urls import URLPattern, path

from core.pages import address, companies, invitation, kept_form, preferences, profile, sign_up

urlpatterns: list[URLPattern] = [
    path("", companies.root, name="root"),
    path("sign-up/", sign_up.sign_up_page, name="sign_up"),
    path("sign-up/<str:token>/", sign_up.sign_up_confirm, name="sign_up_confirm"),
    path("join/<slug:tenant_slug>/", invitation.invitation, name="invitation"),
    path(
        "join/<slug:tenant_slug>/<slug:token>/", invitation.invitation_open, name="invitation_open"
    ),
    path("companies/", companies.companies, name="companies"),
    path("companies/new/", companies.company_new, name="company_new"),
    path("profile/", profile.profile, name="profile"),
    path("profile/address/", address.address, name="address"),
    path("profile/address/<slug:token>/", address.address_confirm, name="address_confirm"),
    path("kept-form/", kept_form.kept_form, name="kept_form"),
    path("preferences/", preferences.set_language_theme, name="set_language_theme"),
]

"""Signing in, the second factor, sessions: under ``/accounts/``, with allauth's names."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import URLPattern, path, re_path

from core.pages import second_factor, sessions
from core.views import person_view, public_view

sign_in = public_view(reason="sign-in and password reset are for people who are not signed in")

urlpatterns: list[URLPattern] = [
    path("login/", sign_in(allauth.login), name="account_login"),
    path("login/code/", sign_in(second_factor.second_step), name="mfa_authenticate"),
    path("login/passkey/", sign_in(second_factor.passkey_sign_in), name="mfa_login_webauthn"),
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
    path("confirm/", person_view(second_factor.fresh), name="account_reauthenticate"),
    path("confirm/code/", person_view(second_factor.fresh_by_code), name="mfa_reauthenticate"),
    path(
        "confirm/passkey/",
        person_view(second_factor.fresh_by_passkey),
        name="mfa_reauthenticate_webauthn",
    ),
    path("second-factor/", person_view(second_factor.index), name="mfa_index"),
    path("second-factor/app/", person_view(second_factor.activate), name="mfa_activate_totp"),
    path(
        "second-factor/app/remove/",
        person_view(second_factor.deactivate),
        name="mfa_deactivate_totp",
    ),
    path("second-factor/codes/", person_view(second_factor.codes), name="mfa_view_recovery_codes"),
    path(
        "second-factor/codes/new/",
        person_view(second_factor.new_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("second-factor/passkeys/", person_view(second_factor.index), name="mfa_list_webauthn"),
    path(
        "second-factor/passkeys/new/",
        person_view(second_factor.add_passkey),
        name="mfa_add_webauthn",
    ),
    path(
        "second-factor/passkeys/<int:pk>/",
        person_view(second_factor.edit_passkey),
        name="mfa_edit_webauthn",
    ),
    path(
        "second-factor/passkeys/<int:pk>/remove/",
        person_view(second_factor.remove_passkey),
        name="mfa_remove_webauthn",
    ),
    path("sessions/", sessions.sessions, name="usersessions_list"),
    path("sessions/end/", sessions.sessions_end_others, name="usersessions_end_others"),
    path("sessions/<int:pk>/end/", sessions.session_end, name="usersessions_end"),
]

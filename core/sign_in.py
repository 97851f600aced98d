"""How people sign in: one refusal for every reason, notices by mail, and what counts as fresh."""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core.browsers import browser_in_words, shortened
from core.known_browsers import known_browser, remember_browser
from core.mails import mail_later
from core.models import User

SEEN_SECONDS = 300
_APP = "allauth.account"
logger = logging.getLogger(__name__)


NOT_ACCEPTED = _("This was not accepted: it is wrong, or was used already. Try again.")


class SecureSignIn(DefaultAccountAdapter):
    """allauth's behaviour where the site is stricter, or says it in its own words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "incorrect_code": NOT_ACCEPTED,
        "incorrect_password": _("This password is not right."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
        "rate_limited": _("Too many tries. Wait a few minutes, then try again."),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """
        Count the try before the password is hashed: by account, by address, and on the whole site.

        A browser the account signed in from before is counted by itself: however many tries others
        make elsewhere, the person is not shut out.
        """
        key = self._get_login_attempts_cache_key(request, **credentials)
        browser = known_browser(request, credentials.get("email", ""))
        counted = [("login_failed", f"{key}:{browser}" if browser else key)]
        if not browser:
            counted.append(("login_failed_everywhere", "site"))
        used = []
        for action, counted_by in counted:
            usage = ratelimit.consume(request, app=_APP, action=action, key=counted_by)
            if usage is None:
                raise self.validation_error("too_many_login_attempts")
            used += usage.usage
        self._login_failed_rl_usage = ratelimit.RateLimitUsage(used)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Lead on, and know the browser from now on."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_browser(request, response, user.email)
        return response

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the person; for one who was deactivated nothing, as for a wrong password."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Refuse a deactivated person's passkey as a wrong one is refused."""
        messages.error(request, self.error_messages["incorrect_code"])
        return redirect("account_login")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Say nothing where the page that follows says it."""
        if message_template not in _SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Test if the person must confirm who they are; a sign-in of the last minutes does."""
        records = get_authentication_records(context.request, context.request.user)
        if records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the ways to confirm who one is, in our words."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        for method in methods:
            method["description"] = _WAYS.get(method["id"], method["description"])
        return methods

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the person of a change of their account, at the address they have until now."""
        with override(user.language):
            words = {
                "user": user,
                "where": shortened(self.get_client_ip(self.request)),
                "browser": browser_in_words(self.get_http_user_agent(self.request)),
                "site": settings.SITE_URL,
            }
            super().send_notification_mail(
                template_prefix, user, words | (context or {}), email or user.email
            )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail now, in this request's words; a worker sends it once all is kept."""
        request = self.request
        language = getattr(context.get("user"), "language", None)
        with override(language) if language else _as_it_is():
            mail = self.render_mail(
                template_prefix, email, {"request": request, "email": email} | context
            )
        mail_later(subject=mail.subject, body=str(mail.body), to=email)

    def format_email_subject(self, subject: str) -> str:
        return subject


_SILENT = {
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "mfa/messages/recovery_codes_generated.txt",
}
_WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code of the app, or a recovery code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
}


class _as_it_is:  # noqa: N801 - reads as a sentence
    def __enter__(self) -> None: ...

    def __exit__(self, *_failure: object) -> None: ...


def is_signed_in_by_page(request: HttpRequest) -> bool:
    """Test if the session came by the sign-in page, so that it is listed among the sessions."""
    return AUTHENTICATION_METHODS_SESSION_KEY in request.session


def note_seen(request: HttpRequest) -> None:
    """Write down that the session is used, once in five minutes; no page fails by it."""
    key = str(request.session.session_key)
    try:
        is_due = cache.add(f"seen:{hashlib.sha256(key.encode()).hexdigest()}", 1, SEEN_SECONDS)
    except Exception:
        logger.exception("The cache did not say when a session was last seen")
        return
    if is_due:
        UserSession.objects.create_from_request(request)


def renew_session_key(request: HttpRequest) -> None:
    """Give the session another key after a step-up: who saw the old one holds nothing now."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)

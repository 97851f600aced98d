"""Let a person who lost their second factor in again, with the password alone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from core.models import User
from core.operations.second_factor import NoFactor, Reset, reset_second_factor

WRONG_INPUT, NOT_MAILED = 2, 3
MOST = 300  # characters of a reason


class Command(BaseCommand):
    help = (
        "Removes the second factor of a person who lost it, ends their sessions, and tells them and"
        " their companies. Be certain first that it is they who ask: see docs/operations.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--reason", required=True, help="who asked, and how you made certain; companies read it"
        )

    def handle(self, *, email: str, reason: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.", returncode=WRONG_INPUT)
        reason = " ".join(reason.split())[:MOST]
        if not reason:
            raise CommandError("Say in --reason who asked.", returncode=WRONG_INPUT)
        try:
            done = reset_second_factor(user=user, reason=reason, at=timezone.now())
        except NoFactor:
            raise CommandError(
                f"{user.email} has no second factor.", returncode=WRONG_INPUT
            ) from None
        self._report(user, done)
        try:
            _mail(user)
        except OSError as error:
            raise CommandError(
                f"Done, but the mail to {user.email} did not leave ({error}). Tell them yourself.",
                returncode=NOT_MAILED,
            ) from None

    def _report(self, user: User, done: Reset) -> None:
        self.stdout.write(
            f"{user.email}: {done.factors} removed (apps, passkeys, codes), "
            f"{done.sessions} sessions ended, {done.companies} companies told"
        )


def _mail(user: User) -> None:
    """Tell the person, in their language."""
    with override(user.language):
        subject = gettext("Duebook: your second factor was removed")
        body = gettext(
            "The operator of %(site)s removed the second factor of your account, because you, or "
            "somebody in your name, had lost it. All your sessions were ended. Sign in with your "
            "password and set up a new one:\n\n%(link)s\n\n"
            "If it was not you who asked, set a new password at once and tell your company."
        ) % {"site": settings.SITE_URL, "link": f"{settings.SITE_URL}{reverse('mfa_index')}"}
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])

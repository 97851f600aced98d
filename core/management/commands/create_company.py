"""Make a company from the command line."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from core.models import Tenant, User
from core.operations import (
    CompanyRefused,
    create_company,
    find_or_make_person,
    set_password_path,
)

WRONG_INPUT = 2


class Command(BaseCommand):
    help = "Makes a company, with number formats, payment terms, tax codes and a reminder policy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", required=True, help="its address: /t/SLUG/")
        parser.add_argument("--name", required=True)
        parser.add_argument("--currency", required=True, help="base currency, ISO 4217")
        parser.add_argument("--time-zone", default="", help="default: the country's, or UTC")
        parser.add_argument("--country", default="", help="ISO 3166, two letters")
        parser.add_argument("--language", default="", help="of documents: en or zh-hans")
        parser.add_argument("--admin", default="", metavar="MAIL", help="who may do everything")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the admin's password from stdin"
        )
        if getattr(parser, "called_from_command_line", None):
            parser.error = self._refuse_line  # type: ignore[method-assign]

    def handle(self, **options: Any) -> None:
        with override("en"):
            try:
                with transaction.atomic():
                    self._create(options)
            except CompanyRefused as refused:
                option = refused.field.replace("_", "-")
                raise _wrong(f"--{option} {options[refused.field]}: {refused.message}") from None

    def _create(self, options: dict[str, Any]) -> None:
        at = timezone.now()
        admin, link = None, ""
        if options["password_stdin"] and not options["admin"]:
            raise _wrong("--password-stdin needs --admin.")
        if options["admin"]:
            admin, link = self._admin(options)
        tenant = create_company(
            **{
                name: options[name]
                for name in ("slug", "name", "currency", "time_zone", "country", "language")
            },
            at=at,
            actor=None,
            admin=admin,
        )
        self._report(tenant, admin, link)

    def _admin(self, options: dict[str, Any]) -> tuple[User, str]:
        """Return the admin, and a link to set a password if they were made without one."""
        email = options["admin"]
        try:
            validate_email(email)
        except ValidationError:
            raise _wrong(f"--admin {email}: This is no e-mail address.") from None
        language = options["language"] or (
            "zh-hans" if options["country"].upper() == "CN" else "en"
        )
        user, is_new = find_or_make_person(email=email, language=language, at=timezone.now())
        if not options["password_stdin"]:
            return user, set_password_path(user) if is_new else ""
        if not is_new:
            raise _wrong(f"--password-stdin: {email} already has an account; its password stays.")
        password = sys.stdin.readline().rstrip("\r\n")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise _wrong("--password-stdin: " + " ".join(error.messages)) from None
        user.set_password(password)
        user.save(update_fields=["password"])
        return user, ""

    def _report(self, tenant: Tenant, admin: User | None, link: str) -> None:
        facts = (tenant.currency, tenant.time_zone, tenant.country or "-", tenant.language)
        self.stdout.write(f"company {tenant.slug}: {tenant.name} ({', '.join(facts)})")
        if admin is not None:
            self.stdout.write(f"admin {admin.email}")
        if link:
            self.stdout.write(f"set the password, once: {settings.SITE_URL}{link}")
        self.stdout.write(f"open {settings.SITE_URL}/t/{tenant.slug}/")

    def _refuse_line(self, message: str) -> NoReturn:
        self.stderr.write(f"create_company: {message}")
        sys.exit(WRONG_INPUT)


def _wrong(message: str) -> CommandError:
    return CommandError(message, returncode=WRONG_INPUT)

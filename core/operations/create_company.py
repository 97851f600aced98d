"""A new company: the tenant, its first admin, and what its country usually needs."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core import audit, presets
from core.countries import COUNTRIES, usual
from core.currencies import MINOR_UNITS
from core.models import Membership, NumberFormat, Tenant, User
from core.numbering import DEFAULT_PATTERNS
from core.roles import Role
from core.tenancy import tenant_scope

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LENGTH = 50
NAME_LENGTH = 200


class CompanyRefused(Exception):
    """What was said of the new company cannot stand: ``field`` names it, ``message`` says why."""

    field = ""
    message: str | Promise = ""

    def __str__(self) -> str:
        return f"{self.message}"


class BadSlug(CompanyRefused):
    field = "slug"
    message = _("Write small letters a to z, digits and single hyphens, at most 50.")


class SlugTaken(CompanyRefused):
    field = "slug"
    message = _("Another company already has this address. Choose a different one.")


class BadName(CompanyRefused):
    field = "name"
    message = _("A company needs a name of at most 200 characters.")


class UnknownCurrency(CompanyRefused):
    field = "currency"
    message = _("This is no currency code of ISO 4217.")


class UnknownCountry(CompanyRefused):
    field = "country"
    message = _("This is no country code of ISO 3166.")


class UnknownTimeZone(CompanyRefused):
    field = "time_zone"
    message = _("This is no time zone of the IANA database, like Asia/Shanghai.")


class UnknownLanguage(CompanyRefused):
    field = "language"
    message = _("Documents can be written in English (en) or Chinese (zh-hans).")


@transaction.atomic
def create_company(
    *,
    slug: str,
    name: str,
    currency: str,
    time_zone: str = "",
    country: str = "",
    language: str = "",
    at: datetime,
    actor: User | None,
    admin: User | None = None,
    is_sample: bool = False,
) -> Tenant:
    """
    Make a company that can bill at once: number formats, payment terms, tax codes, reminders.

    Time zone, document language and tax rounding left empty are those usual in the country.

    A sample is one for life: its mails stay here, and one click removes it.

    :raises CompanyRefused: a subclass for each field that cannot stand
    """
    name, currency, country = name.strip(), currency.upper(), country.upper()
    preset = usual(country)
    time_zone, language = time_zone or preset.time_zone, language or preset.language
    _require_valid(slug, name, currency, country)
    _require_known_zone_and_language(time_zone, language)
    try:
        with transaction.atomic():
            tenant = Tenant.objects.create(
                slug=slug,
                name=name,
                currency=currency,
                time_zone=time_zone,
                country=country,
                language=language,
                tax_mode=preset.tax_mode,
                created_at=at,
                is_sample=is_sample,
            )
    except IntegrityError:
        raise SlugTaken(slug) from None
    if admin is not None:
        Membership.objects.create(tenant=tenant, user=admin, roles=[Role.ADMIN])
    with tenant_scope(tenant.pk), override(language):
        NumberFormat.objects.bulk_create(
            NumberFormat(kind=kind, pattern=pattern) for kind, pattern in DEFAULT_PATTERNS.items()
        )
        presets.fill(tenant, at)
        audit.record(
            event="company.created",
            subject=tenant,
            actor=actor,
            at=at,
            changes={"currency": currency, "time_zone": time_zone, "country": country},
        )
    return tenant


def _require_valid(slug: str, name: str, currency: str, country: str) -> None:
    if len(slug) > SLUG_LENGTH or not SLUG.fullmatch(slug):
        raise BadSlug(slug)
    if not name or len(name) > NAME_LENGTH:
        raise BadName(name)
    if currency not in MINOR_UNITS:
        raise UnknownCurrency(currency)
    if country and country not in COUNTRIES:
        raise UnknownCountry(country)


def _require_known_zone_and_language(time_zone: str, language: str) -> None:
    if time_zone not in time_zones():
        raise UnknownTimeZone(time_zone)
    if language not in dict(settings.LANGUAGES):
        raise UnknownLanguage(language)


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the IANA time zones, without those kept for old systems."""
    return frozenset(
        zone
        for zone in available_timezones()
        if zone == "UTC"
        or ("/" in zone and not zone.startswith(("Etc/", "SystemV/", "posix/", "right/")))
    )

"""How an amount, a day or a state looks on a page; the template tags and list columns use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import cast

from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from core.money import places, q, trimmed
from core.numbers import number_style, written

KNOWN = 4096  # how many days and chips are kept as they were drawn
MINUS = "−"
DASH = "–"
AUTO, WORDS, DIGITS = "auto", "words", "digits"  # the values of DateStyle
SPRITE = "vendor/icons/sprite.svg"

_date_style: ContextVar[str] = ContextVar("date_style", default=AUTO)

CHIP_ICONS = {
    "draft": "pencil",
    "review": "eye",
    "approved": "check",
    "sent": "send",
    "paid": "circle-check",
    "partly": "progress",
    "due": "clock",
    "overdue": "alert-circle",
    "promise": "heart-handshake",
    "disputed": "flag",
    "void": "ban",
    "off": "circle-minus",
    "failed": "alert-triangle",
    "unconfirmed": "help-circle",
    "ok": "check",
    "info": "info-circle",
}


def plain_amount(amount: Decimal, currency: str) -> str:
    """Return the amount as a program reads it: ``-1234.00``, at the currency's places."""
    return f"{q(amount, currency) + 0:.{places(currency)}f}"


def amount_text(amount: Decimal, currency: str) -> str:
    """Return the amount as documents write it: ``−1,234.00``, at the currency's places."""
    return f"{q(amount, currency) + 0:,.{places(currency)}f}".replace("-", MINUS)


def shown_amount(amount: Decimal, currency: str) -> str:
    """Return the amount as the person who looks at the page writes it: ``−1.234,00``."""
    return written(amount_text(amount, currency), number_style())


def typed_amount(amount: Decimal, currency: str) -> str:
    """Return the amount as this person would type it into a field: ``1234,00``."""
    return written(plain_amount(amount, currency), number_style())


def money_html(amount: Decimal | None, currency: str, *, code: bool = False) -> SafeString:
    """
    Return the amount for a page; None is nothing, zero a dash that is read out as zero.

    What is copied is what the person would type.
    """
    if amount is None:
        return mark_safe("")
    rounded, digits, style = q(amount, currency) + 0, places(currency), number_style()
    plain = written(f"{rounded:.{digits}f}", style)
    text = written(f"{rounded:,.{digits}f}", style)
    if not rounded:
        return mark_safe(  # noqa: S308 - digits
            f'<span class="num num-zero" data-copy="{plain}"><span aria-hidden="true">{DASH}</span>'
            f'<span class="visually-hidden">{text}</span></span>'
        )
    unit = f'<span class="num-code">{escape(currency)}</span> ' if code else ""
    sign = " num-minus" if rounded < 0 else ""
    return mark_safe(  # noqa: S308 - digits, and the currency escaped
        f'{unit}<span class="num{sign}" data-copy="{plain}">{text.replace("-", MINUS)}</span>'
    )


def number_html(number: Decimal | None, least_places: int = 0) -> SafeString:
    """Return a quantity or price without its trailing zeros, but with ``least_places`` places."""
    if number is None:
        return mark_safe("")
    shown, style = trimmed(number, least_places), number_style()
    text = written(f"{shown:,f}", style).replace("-", MINUS)
    return format_html(
        '<span class="num" data-copy="{}">{}</span>', written(f"{shown:f}", style), text
    )


def icon_html(name: str, label: str = "", css: str = "") -> SafeString:
    """Return an icon of the sprite; without a label it is decoration."""
    if not label:
        return _decoration(name, css)
    return format_html(
        '<svg class="icon {}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
        css,
        label,
        static(SPRITE),
        name,
    )


@cache
def _decoration(name: str, css: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static(SPRITE),
        name,
    )


def chip_html(label: object, kind: str) -> SafeString:
    """Return a state as icon, word and tint; ``kind`` is one of ``CHIP_ICONS``."""
    return _chip(conditional_escape(cast("str", label)), kind)


@lru_cache(maxsize=KNOWN)
def _chip(label: SafeString, kind: str) -> SafeString:
    return format_html(
        '<span class="chip chip-{}">{}<span>{}</span></span>',
        kind,
        icon_html(CHIP_ICONS[kind]),
        label,
    )


@contextmanager
def days_written(style: str) -> Iterator[None]:
    """Write days on pages as a person likes them; ``style`` is a ``DateStyle``."""
    token = _date_style.set(style)
    try:
        yield
    finally:
        _date_style.reset(token)


def day_text(day: date) -> str:
    """Return a day that cannot be misread: 12 Mar 2026, or 2026-03-12 in Chinese."""
    form = "SHORT_DATE_FORMAT" if (get_language() or "").startswith("zh") else "DATE_FORMAT"
    return formats.date_format(day, form)


def day_html(day: date | None) -> SafeString:
    if day is None:
        return mark_safe("")
    if isinstance(day, datetime):
        day = timezone.localtime(day).date()
    return _day(day, get_language(), _date_style.get())


@lru_cache(maxsize=KNOWN)
def _day(day: date, _language: str | None, style: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), _styled(day, style))


def _styled(day: date, style: str) -> str:
    """Return the day as the person who looks at the page likes it."""
    if style == DIGITS:
        return day.isoformat()
    return formats.date_format(day, "DATE_FORMAT") if style == WORDS else day_text(day)


def moment_text(at: datetime) -> str:
    """Return the instant in the active (the person's or the company's) time zone."""
    return _moment_text(at, AUTO)


def _moment_text(at: datetime, style: str) -> str:
    local = timezone.localtime(at)
    day = _styled(local.date(), style)
    between = " " if (get_language() or "").startswith("zh") or style == DIGITS else ", "
    return f"{day}{between}{formats.date_format(local, 'TIME_FORMAT')}"


def moment_html(at: datetime | None) -> SafeString:
    """Return the instant for a page, in the active time zone."""
    if at is None:
        return mark_safe("")
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        _moment_text(at, _date_style.get()),
    )


def relative_due_text(due_date: date, today: date) -> str:
    """Return how far off the due date is: "due today", "in 5 d", "12 d late"."""
    days = (due_date - today).days
    if days == 0:
        return gettext("due today")
    if days > 0:
        return ngettext("in %(days)s d", "in %(days)s d", days) % {"days": days}
    return ngettext("%(days)s d late", "%(days)s d late", -days) % {"days": -days}


def relative_due_html(due_date: date | None, today: date) -> SafeString:
    if due_date is None:
        return mark_safe("")
    return _relative_due(due_date, today, get_language())


@lru_cache(maxsize=KNOWN)
def _relative_due(due_date: date, today: date, _language: str | None) -> SafeString:
    css = "text-late" if due_date < today else "text-secondary"
    return format_html('<span class="{}">{}</span>', css, relative_due_text(due_date, today))


def q_amount(amount: Decimal, currency: str) -> Decimal:
    """Return the amount at exactly the currency's places, for a file."""
    return Decimal(plain_amount(amount, currency))

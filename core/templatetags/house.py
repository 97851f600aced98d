"""Template tags of the house; every template has them without ``{% load %}``."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.template import RequestContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import once as once_tokens
from core import presentation
from core.context import current_request_id
from core.money import places, trimmed
from core.numbers import number_style, written
from core.roles import needed_roles
from core.timeline import event_icon, event_label, field_label
from core.undo import undo_of
from core.urls_in import page_url as page_url_of

register = template.Library()

register.filter("event_label", event_label)
register.filter("event_icon", event_icon)
register.filter("undo_of", undo_of)


@register.simple_tag
def money(amount: Decimal | None, currency: str, code: bool = False) -> SafeString:  # noqa: FBT001, FBT002 - {% money a c code=True %}
    """Show an amount in its currency's places; ``code=True`` names the currency too."""
    return presentation.money_html(amount, currency, code=code)


@register.simple_tag
def unit_price(price: Decimal | None, currency: str) -> SafeString:
    """Show a price: at least the currency's places, more where it has more."""
    return presentation.number_html(price, places(currency))


@register.filter
def quantity(number: Decimal | None) -> SafeString:
    """Show a quantity without trailing zeros."""
    return presentation.number_html(number)


@register.filter
def percent(rate: Decimal | None) -> str:
    """Show a rate of 0.13 as 13 %."""
    if rate is None:
        return ""
    return f"{written(f'{trimmed(rate * 100):f}', number_style())} %"


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Show an icon of the sprite; give a label where it stands without words."""
    return presentation.icon_html(name, str(label), css)


@register.simple_tag
def chip(label: object, kind: str) -> SafeString:
    """Show a state as icon, word and tint."""
    return presentation.chip_html(label, kind)


@register.filter
def day(value: date | None) -> SafeString:
    """Show a day that cannot be misread."""
    return presentation.day_html(value)


@register.filter
def moment(value: datetime | None) -> SafeString:
    """Show an instant in the company's time zone."""
    return presentation.moment_html(value)


@register.filter
def moment_plain(value: datetime) -> str:
    """Write an instant in a mail, with its zone: nobody knows where it is read."""
    local = timezone.localtime(value)
    return f"{presentation.moment_text(value)} ({local:%Z})"


@register.filter
def as_json(value: Any) -> str:
    """Write a value as JSON, for an attribute that a script reads."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag
def relative_due(due_date: date | None, today: date) -> SafeString:
    """Show "in 5 d", "due today" or "12 d late"."""
    return presentation.relative_due_html(due_date, today)


@register.simple_tag(takes_context=True)
def allowed(context: RequestContext, permission: str) -> bool:
    """Test if the member may: ``{% allowed "invoices.edit" as may %}``."""
    membership = context.get("membership")
    return bool(membership and membership.allows(permission))


@register.simple_tag(takes_context=True)
def needs(context: RequestContext, permission: str) -> str:
    """Return why the member may not, "" if they may: ``{% needs "invoices.edit" as why %}``."""
    if not permission or allowed(context, permission):
        return ""
    return needed_roles(permission)


@register.simple_tag
def once() -> SafeString:
    """Put the token into a form that must be carried out once; see ``core.once``."""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', once_tokens.FIELD, once_tokens.new_token()
    )


@register.simple_tag(takes_context=True)
def page_url(context: RequestContext, name: str, *args: Any) -> str:
    """Return the address of a page of this company, or of one outside companies."""
    tenant = context.get("tenant")
    return page_url_of(tenant, name, *args) if tenant else reverse(name, args=args)


@register.simple_tag
def changed_field(entry: Any, name: str) -> str:
    """Return the name of a field in an audit entry's changes, as people call it."""
    return field_label(entry, name)


@register.filter
def pairs(changes: Any) -> list[tuple[str, Any]]:
    """Return a mapping's items, whatever keys it has."""
    return list(changes.items()) if hasattr(changes, "items") else []


@register.filter
def is_before_after(change: Any) -> bool:
    """Test if a change is ``[before, after]``."""
    return isinstance(change, list) and len(change) == 2  # noqa: PLR2004 - before and after


@register.simple_tag
def request_id() -> str:
    """Return the request's id, which its log lines carry too."""
    return current_request_id()


@register.simple_tag
def first_summary(form: Any) -> bool:
    """Test if the form's errors were not summed up on this page yet; crispy-forms asks too."""
    if getattr(form, "summary_was_shown", False):
        return False
    form.summary_was_shown = True
    return True

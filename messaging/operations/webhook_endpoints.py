"""Addresses of other programs: made, changed, renewed, paused; and what is told them by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.companies import active_tenant
from core.models import User
from messaging.enums import TEST_EVENT, DeliveryState, EndpointState, EventType
from messaging.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from messaging.operations.announce import delivery_for, forget_listeners, wake_tellers
from messaging.outlet import require_callable
from messaging.webhooks import (
    OVERLAP,
    body_of,
    hash_of,
    new_event_id,
    new_nonce,
    secret_for,
    subject_of,
)

FIELDS = ("name", "url", "events")
_DONE = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED)


class NoEvent(Exception):
    """An address that is told nothing, or something that nobody knows."""


class SampleCompany(Exception):
    """An invented company tells other programs nothing."""

    message = _("A sample company sends nothing to other programs.")


class NotInUse(Exception):
    """The address is paused or switched off: nothing is sent to it."""


class StillOnItsWay(Exception):
    """The delivery waits or is being sent: it needs no second time."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An address and its new secret, which nobody can ask for again."""

    endpoint: WebhookEndpoint
    secret: str


@transaction.atomic
def create_endpoint(
    *, name: str, url: str, events: Sequence[str], at: datetime, actor: User
) -> NewSecret:
    """
    Add an address that is told from now on.

    :raises UrlRefused: if it is none we would call
    :raises NoEvent: without an event, or with one that is not in ``EventType``
    :raises SampleCompany: in a sample company
    """
    _refuse_sample()
    nonce = new_nonce()
    secret = secret_for(nonce)
    endpoint = WebhookEndpoint.objects.create(
        name=name.strip(),
        url=require_callable(url),
        events=_checked(events),
        nonce=nonce,
        secret_hash=hash_of(secret),
        created_by=actor,
        created_at=at,
    )
    forget_listeners()
    _record("webhook.created", endpoint, at, actor, url=endpoint.url, events=endpoint.events)
    return NewSecret(endpoint, secret)


@transaction.atomic
def update_endpoint(
    *,
    endpoint: WebhookEndpoint,
    name: str,
    url: str,
    events: Sequence[str],
    at: datetime,
    actor: User,
) -> WebhookEndpoint:
    """
    Change an address; what waits for it goes to the new one. Nothing changes nothing.

    Errors: see ``create_endpoint``.
    """
    endpoint = _locked(endpoint)
    values = {"name": name.strip(), "url": require_callable(url), "events": _checked(events)}
    changes = audit.differences(endpoint, values, FIELDS)
    if not changes:
        return endpoint
    for field in FIELDS:
        setattr(endpoint, field, values[field])
    if "url" in changes:  # another receiver starts afresh
        endpoint.failures, endpoint.failing_since, endpoint.resting_until = 0, None, None
    endpoint.save(update_fields=[*FIELDS, "failures", "failing_since", "resting_until"])
    forget_listeners()
    _record("webhook.changed", endpoint, at, actor, **changes)
    return endpoint


@transaction.atomic
def renew_secret(*, endpoint: WebhookEndpoint, at: datetime, actor: User) -> NewSecret:
    """Give the address a new secret; the one before signs beside it for ``OVERLAP`` more."""
    endpoint = _locked(endpoint)
    endpoint.old_nonce, endpoint.old_secret_hash = endpoint.nonce, endpoint.secret_hash
    endpoint.old_secret_until = at + OVERLAP
    endpoint.nonce = new_nonce()
    secret = secret_for(endpoint.nonce)
    endpoint.secret_hash = hash_of(secret)
    endpoint.save(
        update_fields=[
            "nonce",
            "secret_hash",
            "old_nonce",
            "old_secret_hash",
            "old_secret_until",
        ]
    )
    _record("webhook.secret_renewed", endpoint, at, actor)
    return NewSecret(endpoint, secret)


@transaction.atomic
def pause_endpoint(*, endpoint: WebhookEndpoint, at: datetime, actor: User) -> WebhookEndpoint:
    """Send nothing for now; what happens is kept and sent later. Twice changes nothing."""
    endpoint = _locked(endpoint)
    if endpoint.state == EndpointState.ACTIVE:
        endpoint.state = EndpointState.PAUSED
        endpoint.save(update_fields=["state"])
        forget_listeners()
        _record("webhook.paused", endpoint, at, actor)
    return endpoint


@transaction.atomic
def resume_endpoint(*, endpoint: WebhookEndpoint, at: datetime, actor: User) -> WebhookEndpoint:
    """Send again, and first what was kept. Twice changes nothing."""
    endpoint = _locked(endpoint)
    if endpoint.state != EndpointState.ACTIVE:
        endpoint.state, endpoint.stopped_by = EndpointState.ACTIVE, ""
        endpoint.failures, endpoint.failing_since, endpoint.resting_until = 0, None, None
        endpoint.save(
            update_fields=["state", "stopped_by", "failures", "failing_since", "resting_until"]
        )
        forget_listeners()
        wake_tellers()
        _record("webhook.resumed", endpoint, at, actor)
    return endpoint


@transaction.atomic
def remove_endpoint(*, endpoint: WebhookEndpoint, at: datetime, actor: User) -> int:
    """Delete the address with the log of what it was told; return its former id."""
    endpoint = _locked(endpoint)
    _record("webhook.removed", endpoint, at, actor, url=endpoint.url)
    former_id = endpoint.pk
    WebhookAttempt.objects.filter(delivery__endpoint=endpoint).delete()
    WebhookDelivery.objects.filter(endpoint=endpoint).delete()
    endpoint.delete()
    forget_listeners()
    return former_id


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, at: datetime, actor: User) -> WebhookDelivery:
    """
    Tell the address a test event, which is about the address itself.

    :raises NotInUse: if it is paused or switched off
    :raises SampleCompany: in a sample company
    """
    _refuse_sample()
    endpoint = _locked(endpoint)
    if endpoint.state != EndpointState.ACTIVE:
        raise NotInUse(str(endpoint))
    subject = subject_of(TEST_EVENT, endpoint.pk)
    body = body_of(TEST_EVENT, subject, at)
    delivery = delivery_for(endpoint.pk, TEST_EVENT, subject, new_event_id(), body, at)
    delivery.save()
    _awake(endpoint)
    return delivery


@transaction.atomic
def send_delivery_again(*, delivery: WebhookDelivery, at: datetime, actor: User) -> WebhookDelivery:
    """
    Tell an event once more, under the same id, whatever came of it before.

    :raises StillOnItsWay: if it waits or is being sent
    :raises NotInUse: if the address is paused or switched off
    :raises SampleCompany: in a sample company
    """
    _refuse_sample()
    endpoint = _locked(delivery.endpoint)
    delivery = WebhookDelivery.objects.select_for_update(of=("self",), no_key=True).get(
        pk=delivery.pk
    )
    if delivery.state not in _DONE:
        raise StillOnItsWay(str(delivery))
    if endpoint.state != EndpointState.ACTIVE:
        raise NotInUse(str(endpoint))
    delivery.state, delivery.next_try_at = DeliveryState.WAITING, at
    delivery.attempts, delivery.finished_at = 0, None
    delivery.save(update_fields=["state", "next_try_at", "attempts", "finished_at"])
    _awake(endpoint)
    _record("webhook.sent_again", endpoint, at, actor, event=delivery.event_type)
    return delivery


def _refuse_sample() -> None:
    if active_tenant().is_sample:
        raise SampleCompany


def _awake(endpoint: WebhookEndpoint) -> None:
    """End the rest of an address that failed: a person wants to see what comes now."""
    endpoint.resting_until = None
    endpoint.save(update_fields=["resting_until"])
    wake_tellers()


def _checked(events: Sequence[str]) -> list[str]:
    chosen = [event.value for event in EventType if event.value in set(events)]
    if not chosen or len(chosen) != len(set(events)):
        raise NoEvent
    return chosen


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True).get(pk=endpoint.pk)


def _record(
    event: str, endpoint: WebhookEndpoint, at: datetime, actor: User, /, **changes: object
) -> None:
    audit.record(event=event, subject=endpoint, actor=actor, at=at, changes=changes)

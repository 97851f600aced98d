"""What stands in a webhook, and how it is signed (Standard Webhooks)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from standardwebhooks import Webhook

from messaging.enums import EventType
from messaging.models import WebhookDelivery, WebhookEndpoint

# How the API writes the id of what an event is about, by the event's first word.
PREFIXES = {"invoice": "inv", "payment": "rct", "customer": "cus", "webhook": "whk"}
OVERLAP = timedelta(hours=24)  # how long an old secret signs beside the new one


class SecretLost(LookupError):
    """No key the site knows made this secret."""


def subject_of(event: str, pk: int) -> str:
    """Return the id of what the event is about, as the API writes it."""
    return f"{PREFIXES[event.partition('.')[0]]}_{pk}"


def new_event_id() -> str:
    """Return the id of an event that is told for the first time."""
    return f"evt_{secrets.token_hex(16)}"


def body_of(event: EventType | str, subject: str, at: datetime) -> str:
    """Return what is sent: type, moment and id; who wants to know more asks the API."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content = {"type": str(event), "timestamp": moment, "data": {"id": subject}}
    return json.dumps(content, separators=(",", ":"))


def new_nonce() -> str:
    """Return what a new secret is made of, beside the site's key."""
    return secrets.token_urlsafe(32)


def secret_for(nonce: str, key: str = "") -> str:
    """Return the secret made of a nonce and the site's key, in the form its owner is shown."""
    purpose = hashlib.sha256(b"duebook.webhook:" + (key or settings.SECRET_KEY).encode()).digest()
    digest = hmac.new(purpose, nonce.encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(digest).decode()}"


def hash_of(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def secrets_at(endpoint: WebhookEndpoint, at: datetime) -> Iterator[str]:
    """
    Yield the secrets that sign at the moment, the newest first.

    :raises SecretLost: if the newest was made with a key of the site that is gone
    """
    yield _known(endpoint.nonce, endpoint.secret_hash)
    if endpoint.old_secret_until is not None and at < endpoint.old_secret_until:
        try:
            yield _known(endpoint.old_nonce, endpoint.old_secret_hash)
        except SecretLost:
            return


def _known(nonce: str, secret_hash: str) -> str:
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        secret = secret_for(nonce, key)
        if hmac.compare_digest(hash_of(secret), secret_hash):
            return secret
    raise SecretLost("The secret was made with a key that is gone.")


def headers_for(delivery: WebhookDelivery, at: datetime) -> dict[str, str]:
    """
    Return the headers of a try at the moment: the event's id, the time, a signature per secret.

    :raises SecretLost: if it cannot be signed
    """
    signatures = [
        Webhook(secret).sign(delivery.event_id, at.astimezone(UTC), delivery.body)
        for secret in secrets_at(delivery.endpoint, at)
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }

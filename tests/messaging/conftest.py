from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import files
from core.models import Tenant
from core.tenancy import tenant_scope
from messaging import placeholders
from messaging.enums import MessageKind
from messaging.models import MessageEvent, OutboundMessage
from messaging.operations import queue
from tests.conftest import NOON
from tests.messaging.servers import Behaviour, smtp_server


class Clock:
    """A clock that a test moves."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **parts: float) -> datetime:
        self.at += timedelta(**parts)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.DEFAULT_FROM_EMAIL = "billing@duebook.test"


@pytest.fixture
def smtp(settings: Any) -> Iterator[Behaviour]:
    """A server that takes everything, until told otherwise; the settings point to it."""
    behaviour = Behaviour()
    with smtp_server(behaviour) as port:
        settings.EMAIL_BACKEND = "messaging.smtp.FencedBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 1
        yield behaviour


@pytest.fixture
def link() -> Iterator[None]:
    placeholders.register("test_link", lambda reference: f"https://secret.test/?a=1&b={reference}")
    yield
    del placeholders._RESOLVERS["test_link"]


def put(key: str = "one", *, at: datetime = NOON, **fields: Any) -> OutboundMessage:
    """Queue a message in the active tenant."""
    return queue(
        **{
            "kind": MessageKind.INVOICE,
            "dedupe_key": key,
            "about": "invoices.invoice:1",
            "account_id": 7,
            "to_address": "ap@customer.test",
            "to_name": "Li Na",
            "language": "en",
            "subject": "Invoice INV-1",
            "body_text": "Please pay.",
            "body_html": "<p>Please pay.</p>",
            "from_name": "Acme",
            "reply_to": "money@acme.test",
            "at": at,
        }
        | fields
    )


def pdf(content: bytes = b"%PDF-1.7 the bill") -> Any:
    return files.store(content=content, name="INV-1.pdf", content_type="application/pdf", at=NOON)


def again(message: OutboundMessage) -> OutboundMessage:
    """Return the row as it is now."""
    with tenant_scope(message.tenant_id):
        return OutboundMessage.objects.get(pk=message.pk)


def story(message: OutboundMessage) -> list[str]:
    """Return the states of the message's events, in their order."""
    with tenant_scope(message.tenant_id):
        return list(
            MessageEvent.objects.filter(message=message)
            .order_by("pk")
            .values_list("state", flat=True)
        )


@pytest.fixture
def queued(tenant: Tenant) -> Callable[..., OutboundMessage]:
    """Queue a message of ``tenant`` from outside its scope."""

    def make(key: str = "one", **fields: Any) -> OutboundMessage:
        with tenant_scope(tenant.pk):
            return put(key, **fields)

    return make

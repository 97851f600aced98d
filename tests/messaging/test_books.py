"""Each invariant finds what it is about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.books import invariants
from core.models import Tenant
from messaging.delivery import drain
from messaging.models import MessageEvent, OutboundMessage
from tests.messaging.conftest import put


def broken() -> dict[str, int]:
    return {
        one.name: one.count_broken() for one in invariants() if one.name.startswith("messaging.")
    }


def test_books_are_in_order_after_a_day_at_work(tenant, queued, smtp, clock) -> None:
    from core.tenancy import tenant_scope  # noqa: PLC0415 - only here

    smtp.rcpt = ["451 Later", "550 Never", "250 OK"]
    for number in range(4):
        queued(f"m{number}")
    drain(tenant_id=tenant.pk, clock=clock)
    with tenant_scope(tenant.pk):
        assert set(broken().values()) == {0}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (
            "messaging.none_runs_longer_than_its_lease",
            {"state": "CLAIMED", "lease_until": timezone.now() - timedelta(minutes=2)},
        ),
        ("messaging.events_tell_the_state", {"state": "CANCELLED"}),
    ],
)
def test_what_is_broken_is_found(in_tenant: Tenant, name: str, fields: dict[str, Any]) -> None:
    message = put()
    assert broken()[name] == 0
    OutboundMessage.objects.filter(pk=message.pk).update(**fields)
    assert broken()[name] == 1


def test_a_message_that_never_had_an_event_is_found(in_tenant: Tenant) -> None:
    put()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_outboundmessage SELECT (jsonb_populate_record(m, "
            "jsonb_build_object('id', m.id + 1000, 'dedupe_key', 'x', 'message_id', 'x'))).* "
            "FROM messaging_outboundmessage m"
        )
    assert MessageEvent.objects.count() == 1
    assert broken()["messaging.events_tell_the_state"] == 1

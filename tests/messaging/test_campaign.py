"""The campaign itself, small; and that it would notice."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing_site.campaigns import outbox
from core.models import Tenant
from core.operations import create_company
from core.tenancy import tenant_scope
from messaging.enums import MessageState
from messaging.models import MessageEvent, OutboundMessage
from messaging.operations import Reaped
from tests.conftest import NOON
from tests.messaging.conftest import put


@pytest.mark.campaign
@pytest.mark.django_db(transaction=True)
def test_killing_real_senders_loses_nothing_and_sends_nothing_twice(capsys: Any) -> None:
    call_command("campaign", "outbox", "--mails", "120", "--kills", "3", "--seed", "11")
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert (printed["lost"], printed["twice"], printed["kills"]) == ("0", "0", "3")
    assert not Tenant.objects.exists()


@pytest.mark.campaign
@pytest.mark.django_db(transaction=True)
def test_it_finds_a_reaper_that_retries_what_may_have_arrived(monkeypatch: Any) -> None:
    """The classic mistake: whatever a dead sender left is queued again."""

    def retry_everything(*, at: datetime) -> Reaped:
        over = OutboundMessage.objects.filter(
            state__in=(MessageState.CLAIMED, MessageState.TRANSMITTING), lease_until__lt=at
        )
        return Reaped(over.update(state=MessageState.QUEUED, next_attempt_at=at, worker=""), 0)

    monkeypatch.setattr(outbox, "reap", retry_everything)
    plan = outbox.Plan(mails=120, kills=4, window=0.1, seed=random.randrange(99))  # noqa: S311
    verdict = outbox.run(plan, clock=timezone.now)
    assert verdict.twice > 0
    assert not verdict.is_good


def test_the_verdict_compares_what_was_received_with_what_is_said(db: None, tmp_path: Any) -> None:
    company = create_company(slug="campaign-x", name="X", currency="EUR", at=NOON, actor=None)
    plan = {  # what the database says, and how often the server noted the mail
        "sent": ("ACCEPTED", 1),
        "lie": ("ACCEPTED", 0),
        "double": ("ACCEPTED", 2),
        "unsure": ("UNCONFIRMED", 0),
        "unsure-arrived": ("UNCONFIRMED", 1),
        "refused": ("FAILED", 0),
        "waiting": ("QUEUED", 0),
    }
    noted = []
    with tenant_scope(company.pk):
        for key, (state, times) in plan.items():
            message = put(key)
            OutboundMessage.objects.filter(pk=message.pk).update(state=state, accepted_at=NOON)
            noted += [message.message_id] * times
            sender = "campaign-x:h:1:a" if key != "lie" else "stranger:1:b"
            MessageEvent.objects.create(
                message=message, state="CLAIMED", happened_at=NOON, detail=f"sender: {sender}"
            )
    file = tmp_path / "noted"
    file.write_text("\n".join(noted) + "\n")
    verdict = outbox._verdict(company, file, kills=3, seconds=1.0)
    assert verdict == outbox.Verdict(
        lost=1,
        twice=1,
        unconfirmed=2,
        arrived=1,
        failed=1,
        stuck=1,
        disturbed=1,
        kills=3,
        seconds=1.0,
    )
    assert not verdict.is_good


def test_the_command_fails_when_a_promise_was_broken(monkeypatch: Any, capsys: Any) -> None:
    bad = outbox.Verdict(1, 0, 0, 0, 0, 0, 0, 0, 1.0)
    monkeypatch.setattr(outbox, "run", lambda *_args, **_named: bad)
    with pytest.raises(CommandError):
        call_command("campaign", "outbox")
    assert capsys.readouterr().out.startswith("lost 1\ntwice 0\nunconfirmed 0\n")

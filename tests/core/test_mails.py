"""Mails about accounts: a worker sends them, so that no request tells by its time who is known."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from core import mails
from core.models import User
from core.tasks import send_mail

pytestmark = pytest.mark.django_db
really_hand_over = mails.hand_over  # the suite's fixture stands in its place within a test


class Broker:
    """Takes tasks by their name, or is away."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.is_away = is_away
        self.taken: list[tuple[str, dict[str, str]]] = []

    def signature(self, name: str) -> Broker:
        self.name = name
        return self

    def delay(self, **kwargs: str) -> None:
        if self.is_away:
            raise OperationalError("no route to the broker")
        self.taken.append((self.name, kwargs))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    cache.clear()
    broker = Broker()
    monkeypatch.setattr(mails, "hand_over", really_hand_over)
    monkeypatch.setattr(mails, "current_app", broker)
    return broker


def ask_reset(capture: Any, email: str) -> None:
    with capture(execute=True):
        answer = Client().post(reverse("account_reset_password"), {"email": email})
    assert answer.status_code == 302


def test_a_reset_sends_nothing_in_its_request(
    broker: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.create_user("lina@acme.test", "correct horse battery")
    ask_reset(django_capture_on_commit_callbacks, "nobody@acme.test")
    assert broker.taken == []
    ask_reset(django_capture_on_commit_callbacks, "lina@acme.test")
    assert mail.outbox == []
    [(name, kwargs)] = broker.taken
    assert name == send_mail.name
    assert "lina" not in str(kwargs)  # what waits in the broker opens no account
    send_mail(**kwargs)
    [sent] = mail.outbox
    assert sent.to == ["lina@acme.test"]
    assert re.search(r"/password/reset/key/\S+", sent.body)


def test_without_a_broker_the_mail_still_leaves(
    broker: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.create_user("lina@acme.test", "correct horse battery")
    broker.is_away = True
    ask_reset(django_capture_on_commit_callbacks, "lina@acme.test")
    assert len(mail.outbox) == 1

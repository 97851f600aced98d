"""The backend beside the outbox: ordinary mails, and the settings it needs."""

from __future__ import annotations

import smtplib

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from messaging import checks
from messaging.smtp import FencedBackend
from tests.messaging.servers import Behaviour


def test_ordinary_mails_go_the_ordinary_way(smtp: Behaviour) -> None:
    assert mail.send_mail("Password", "Set one.", None, ["li@na.test"]) == 1
    assert smtp.envelopes == [("billing@duebook.test", ("li@na.test",))]
    smtp.data = ["554 No"]
    with pytest.raises(smtplib.SMTPDataError):
        mail.send_mail("Password", "Set one.", None, ["li@na.test"])


def test_the_fence_is_asked_after_the_recipient_and_before_the_content(smtp: Behaviour) -> None:
    seen: list[int] = []
    backend = FencedBackend()
    message = EmailMessage("S", "B", None, ["li@na.test"])
    for number in range(3):
        backend.hand_over(
            message,
            envelope_from="billing@duebook.test",
            before_data=lambda: seen.append(len(smtp.received)),
        )
        assert seen[-1] == number
    smtp.rcpt = ["550 No"]
    backend.hand_over(
        message, envelope_from="billing@duebook.test", before_data=lambda: seen.append(-1)
    )
    backend.close()
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("error", [OSError("mine"), smtplib.SMTPDataError(451, b"mine"), KeyError])
def test_what_the_fence_raises_is_no_answer_of_the_server(smtp: Behaviour, error) -> None:
    backend = FencedBackend()
    message = EmailMessage("S", "B", None, ["li@na.test"])

    def refuse() -> None:
        raise error

    with pytest.raises(type(error) if isinstance(error, Exception) else error):
        backend.hand_over(message, envelope_from="a@b.test", before_data=refuse)
    assert not smtp.received
    backend.hand_over(message, envelope_from="a@b.test", before_data=lambda: None)
    backend.close()
    assert (len(smtp.received), smtp.connections) == (1, 1)


@pytest.mark.parametrize(("lease", "timeout", "count"), [(120, 30, 0), (60, 30, 1), (120, None, 1)])
def test_a_lease_must_outlast_two_timeouts(settings, lease, timeout, count) -> None:
    settings.MESSAGE_LEASE_SECONDS, settings.EMAIL_TIMEOUT = lease, timeout
    assert len(checks.lease_outlasts_the_server()) == count

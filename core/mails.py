"""Mails about accounts and companies: written in the request, sent by a worker.

The request takes as long whether a mail is sent or not. Such mails hold links that open accounts,
so what waits in the broker is sealed.
"""

from __future__ import annotations

import json
import logging

from celery import current_app
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from kombu.exceptions import OperationalError

from core.sealing import seal, unseal

SEND_MAIL = "core.send_mail"
logger = logging.getLogger(__name__)


def mail_later(*, subject: str, body: str, to: str) -> None:
    """Have a worker send the mail once the transaction commits; never, if it rolls back."""
    sealed = seal(json.dumps({"subject": " ".join(subject.split()), "body": body, "to": to}))
    transaction.on_commit(lambda: hand_over(sealed), robust=True)


def hand_over(sealed: str) -> None:
    """Give the mail to the broker; without one it is sent here, as nothing else remembers it."""
    try:
        current_app.signature(SEND_MAIL).delay(sealed=sealed)
    except (OSError, OperationalError) as error:
        logger.warning("Broker not reached, the mail is sent at once: %s", error)
        try:
            deliver(sealed)
        except OSError:
            logger.exception("A mail about an account was not sent")


def deliver(sealed: str) -> None:
    """
    Send the mail.

    :raises OSError: if the mail server does not take it
    """
    mail = json.loads(unseal(sealed))
    send_mail(mail["subject"], mail["body"], settings.DEFAULT_FROM_EMAIL, [mail["to"]])

"""The mail with which a person sets their password: it goes to them, and no screen shows its link.

Whoever sets a password by it has read the mail of the address, so that a company may rely on an
account another company made.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.models import Tenant, User
from core.operations.people import set_password_path

logger = logging.getLogger(__name__)


def mail_link(*, user: User, tenant: Tenant) -> bool:
    """Mail the person a link to set a password; return whether the mail left, errors are logged."""
    with override(user.language):
        words = {
            "company": tenant.name,
            "site": settings.SITE_URL,
            "link": f"{settings.SITE_URL}{set_password_path(user)}",
        }
        subject = _("Set your password for %(company)s") % words
        body = (
            _(
                "%(company)s has added you to its billing at %(site)s.\n\n"
                "Set a password here, once:\n\n%(link)s\n\n"
                "If the link is too old by then, ask for another one on the sign-in page."
            )
            % words
        )
    try:
        send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [user.email])
    except Exception:
        logger.exception("The invitation of person %s was not sent", user.pk)
        return False
    return True

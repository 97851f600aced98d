"""The mail of an invitation: it goes to the invited address, and no screen shows its link."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.limits import may_ask
from core.models import Invitation, Tenant, User
from core.presentation import moment_text
from core.roles import Role

logger = logging.getLogger(__name__)
MOST_BY_COMPANY = 60  # mails an hour
MOST_TO_ADDRESS = 5  # an hour, whatever company asks


def may_mail(tenant: Tenant, email: str) -> bool:
    """Count an invitation; test if one more may be mailed in this hour."""
    return may_ask(
        {
            f"invitation:company:{tenant.pk}": MOST_BY_COMPANY,
            f"invitation:mail:{email.strip().lower()}": MOST_TO_ADDRESS,
        }
    )


def roles_text(invitation: Invitation) -> str:
    """Return the roles as people call them."""
    return ", ".join(str(Role(role).label) for role in invitation.roles)


def mail_invitation(*, invitation: Invitation, token: str, tenant: Tenant) -> bool:
    """Mail the invited person their link; return whether the mail left, errors are logged."""
    known = User.objects.filter(email__iexact=invitation.email).first()
    zone = (known and known.time_zone) or tenant.time_zone
    with override(known.language if known else tenant.language), timezone.override(zone):
        words = {
            "company": tenant.name,
            "person": str(invitation.invited_by or tenant.name),
            "roles": roles_text(invitation),
            "link": f"{settings.SITE_URL}{reverse('invitation_open', args=[tenant.slug, token])}",
            "until": f"{moment_text(invitation.expires_at)} ({zone})",
        }
        subject = _("%(company)s invites you") % words
        body = (
            _(
                "%(person)s invites you to the billing of %(company)s. You would work there as: "
                "%(roles)s.\n\n"
                "Open this link to accept:\n\n%(link)s\n\n"
                "It is for you alone, works once, and ends on %(until)s. If you do not know the "
                "company, do nothing."
            )
            % words
        )
    try:
        send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [invitation.email])
    except Exception:
        logger.exception("Invitation %s was not sent", invitation.pk)
        return False
    return True

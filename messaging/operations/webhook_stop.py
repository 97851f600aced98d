"""Switching an address off because it does not answer, and telling the company's admins."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from core import audit
from core.companies import active_tenant
from core.models import Membership, User
from core.roles import Role
from core.urls_in import page_url
from messaging.enums import AttemptResult, DeliveryState, EndpointState, MessageKind
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.operations.announce import forget_listeners
from messaging.operations.queue import MessageDraft, queue_many


@transaction.atomic
def stop_endpoint(*, endpoint: WebhookEndpoint, because: AttemptResult, at: datetime) -> None:
    """
    Switch off an address whose row is locked; what waits for it is not sent any more.

    Every admin of the company is told by mail, once for each time.
    """
    endpoint.state, endpoint.stopped_by = EndpointState.STOPPED, because
    endpoint.save(update_fields=["state", "stopped_by"])
    WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING).update(
        state=DeliveryState.CANCELLED, finished_at=at
    )
    forget_listeners()
    audit.record(event="webhook.stopped", subject=endpoint, actor=None, at=at, reason=because.value)
    admins = User.objects.filter(
        is_active=True,
        memberships__in=Membership.objects.filter(
            tenant=endpoint.tenant_id, is_active=True, roles__contains=[Role.ADMIN]
        ),
    )
    queue_many([_mail(endpoint, because, person, at) for person in admins.order_by("pk")], at=at)


def _mail(
    endpoint: WebhookEndpoint, because: AttemptResult, person: User, at: datetime
) -> MessageDraft:
    tenant = active_tenant()
    path = page_url(tenant, "webhooks:detail", endpoint.pk)
    with override(person.language):
        context = {
            "endpoint": endpoint,
            "tenant": tenant,
            "is_gone": because == AttemptResult.GONE,
            "because": because.label,
            "url": f"{settings.SITE_URL.rstrip('/')}{path}",
        }
        return MessageDraft(
            kind=MessageKind.NOTICE,
            dedupe_key=f"webhook:{endpoint.pk}:{at.isoformat()}:{person.pk}",
            about=audit.subject_of(endpoint),
            account_id=None,
            to_address=person.email,
            to_name=person.name,
            language=person.language,
            subject=gettext("The webhook “%(name)s” was switched off") % {"name": endpoint.name},
            body_text=render_to_string("mail/webhook_stopped.txt", context),
        )

"""A POST sent twice is done once: the second waits for the first and gets its answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from api.models import AnsweredRequest, ApiKey
from api.problems import Problem
from core.tenancy import active_tenant_id

KEPT = timedelta(days=30)
KEPT_HEADERS = ("Location", "ETag")
REPLAYED = "Idempotent-Replayed"


class KeyReused(Problem):
    """The same key came with another request before."""

    status = 422  # type: ignore[assignment]
    code = "idempotency_key_reused"
    detail = _("This Idempotency-Key was used for another request.")


class MadeForMore(KeyReused):
    """The answer was made when the key's person saw more customers than now."""

    detail = _("The answer under this Idempotency-Key shows more than you may see now.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What identifies a request: the credential, where it goes, its key and what it says.

    Answers of before ``since`` are not given again.
    """

    api_key: ApiKey
    route: str
    key: str
    body: Any
    since: datetime | None = None


def answered_once(
    asked: Asked, act: Callable[[], HttpResponseBase], *, at: datetime
) -> HttpResponseBase:
    """
    Do it and keep the answer, or return the answer that was kept.

    Call it in the transaction of the effect. The row is inserted first: a second caller waits on
    its unique index until the first commits. A refusal is an exception, so the row goes with it.

    :raises KeyReused: if the key stands for another request
    :raises MadeForMore: for an answer of before ``since``
    :raises django.db.OperationalError: after waiting ten seconds for the first
    """
    digest = _digest(asked.body)
    if _claimed(asked, digest, at):
        response = act()
        _keep(asked, response)
        return response
    earlier = _row(asked)
    if earlier.request_hash != digest or earlier.status is None:
        raise KeyReused
    if asked.since is not None and earlier.created_at < asked.since:
        raise MadeForMore
    data = json.loads(earlier.body) if earlier.body else None
    headers = earlier.headers | {REPLAYED: "true"}
    return Response(data, status=earlier.status, headers=headers)


def forget_answers(*, at: datetime) -> int:
    """Delete the active company's answers of more than thirty days ago; return how many."""
    return AnsweredRequest.objects.filter(created_at__lt=at - KEPT).delete()[0]


def _claimed(asked: Asked, digest: str, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO api_answeredrequest (tenant_id, api_key_id, route, idempotency_key,"
            " request_hash, headers, body, created_at) VALUES (%s, %s, %s, %s, %s, '{}', '', %s)"
            " ON CONFLICT (tenant_id, api_key_id, route, idempotency_key) DO NOTHING",
            [active_tenant_id(), asked.api_key.pk, asked.route, asked.key, digest, at],
        )
        return bool(cursor.rowcount)


def _keep(asked: Asked, response: HttpResponseBase) -> None:
    data = getattr(response, "data", None)
    row = _row(asked)
    row.status = response.status_code
    row.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    row.body = "" if data is None else JSONRenderer().render(data).decode()
    row.save(update_fields=["status", "headers", "body"])


def _row(asked: Asked) -> AnsweredRequest:
    return AnsweredRequest.objects.get(
        api_key=asked.api_key, route=asked.route, idempotency_key=asked.key
    )


def _digest(body: Any) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=lambda one: one.told())
    return hashlib.sha256(text.encode()).hexdigest()

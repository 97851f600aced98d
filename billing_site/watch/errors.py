"""Reports of errors to Sentry, where the operator has named one; they hold no personal data."""

from __future__ import annotations

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.types import Event, Hint

from core.context import current_request_id, current_work
from core.masks import mask

# What of a request is told: which page, not what was typed, by whom, from where.
_OF_A_REQUEST = ("method",)


def report_to(dsn: str, *, environment: str, transport: Any = None) -> None:
    """
    Report errors that nobody caught from now on.

    Neither variables of the code nor bodies, cookies, headers, addresses or persons are sent.
    """
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        transport=transport,
        # send_default_pii is off unless set, and naming it is deprecated.
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="",
        default_integrations=True,
        integrations=[
            DjangoIntegration(transaction_style="url", signals_spans=False),
            CeleryIntegration(),
        ],
        before_send=before_send,
    )


def before_send(event: Event, _hint: Hint) -> Any:
    """Return the report with what may be told of it, every text masked."""
    told: dict[str, Any] = dict(event)
    for name in ("user", "breadcrumbs", "extra", "server_name", "modules"):
        told.pop(name, None)
    if "request" in told:
        told["request"] = {
            name: value for name, value in told["request"].items() if name in _OF_A_REQUEST
        }
    contexts = told.get("contexts", {})
    told["contexts"] = {name: contexts[name] for name in ("trace", "runtime") if name in contexts}
    work = current_work()
    tags = {"request_id": current_request_id(), "route": work.route, "tenant": work.tenant}
    told["tags"] = {name: value for name, value in tags.items() if value}
    for error in told.get("exception", {}).get("values", ()):
        error["value"] = str(error.get("value") or "").partition("\n")[0]  # no rows of PostgreSQL
    return _masked(told)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    return value

"""A form sent twice is done once: ``{% once %}`` in the form, ``first_time(request)`` in the view.

The token is stored in the transaction of what the form does. A double click waits for the first
click's commit and is then told that it came second; when the first was refused and rolled back, the
second goes ahead. A form without a token (a script, a test) is always the first.
"""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from core.models import Submission

FIELD = "once"


def new_token() -> str:
    """Return a token for a form that is about to be shown."""
    return str(uuid.uuid4())


def first_time(request: HttpRequest) -> bool:
    """
    Claim the form's token; False if a form with it was carried out before.

    Call it after the form was found valid and before the operation, inside a company's scope.
    """
    token = _token_of(request)
    if token is None:
        return True
    try:
        with transaction.atomic():
            Submission.objects.create(token=token)
    except IntegrityError:
        return False
    return True


def remember_result(request: HttpRequest, url: str) -> None:
    """Keep where the form's result is, for whoever sends the same form again."""
    if token := _token_of(request):
        Submission.objects.filter(token=token).update(result_url=url[:300])


def earlier_result(request: HttpRequest, default: str) -> str:
    """Return where the result of the form's first sending is, or the default."""
    token = _token_of(request)
    urls = Submission.objects.filter(token=token).exclude(result_url="") if token else None
    return (urls and urls.values_list("result_url", flat=True).first()) or default


def _token_of(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None

"""Every refusal as RFC 9457 problem details: ``application/problem+json``, one shape for all."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from api.refusals import REFUSALS, refusal_of
from core.context import current_request_id

CONTENT_TYPE = "application/problem+json"
BUSY_STATES = {"40001", "40P01", "55P03", "57014"}  # serialisation, deadlock, lock, statement time
MOST_ERRORS = 100
logger = logging.getLogger(__name__)


class Problem(Exception):
    """A refusal of the API's own. ``errors`` name fields by pointer, or parameters by name."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    detail: str | Promise = _("The request cannot be understood.")

    def __init__(
        self,
        detail: str | Promise | None = None,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        count: int | None = None,
    ) -> None:
        super().__init__(str(detail or self.detail))
        self.detail, self.count = detail or self.detail, count
        self.errors, self.headers = errors or [], headers or {}


class BadParameter(Problem):
    code = "bad_parameter"
    detail = _("A parameter of the address cannot be.")


class NotPossible(Problem):
    """The body can be read, and says something that cannot be."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"
    detail = _("Something in the request cannot be. Nothing was changed.")


class SelectionChanged(Problem):
    """Other rows are there than were chosen; ``count`` says how many."""

    status = HTTPStatus.CONFLICT
    code = "selection_changed"
    detail = _("Something else is there now than what was chosen. Nothing was started.")


class NothingWaits(Problem):
    """What was to be taken back has left, is leaving, or was taken back."""

    status = HTTPStatus.CONFLICT
    code = "nothing_waits"
    detail = _("Too late: nothing is waiting any more.")


class Busy(Problem):
    status = HTTPStatus.CONFLICT
    code = "busy"
    detail = _("Something else is at work on the same. Nothing was changed; try again.")


class Unavailable(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    detail = _("This is not possible right now. Try again in a few minutes.")


class PreconditionFailed(Problem):
    status = HTTPStatus.PRECONDITION_FAILED
    code = "changed_meanwhile"
    detail = _("It has changed since you read it. Read it again.")


class TooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"
    detail = _("The body is too large.")


class KeyRefused(Problem):
    """No key, or one that opens nothing; ``code`` says why."""

    status = HTTPStatus.UNAUTHORIZED
    code = "key_missing"
    detail = _("Send a key: Authorization: Bearer duebook_...")

    def __init__(self, code: str, detail: str | Promise | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="Duebook"'})
        self.code = code


class Forbidden(Problem):
    status = HTTPStatus.FORBIDDEN
    code = "not_allowed"
    detail = _("This key may not do this.")

    def __init__(self, code: str, detail: str | Promise | None = None) -> None:
        super().__init__(detail)
        self.code = code


def at_field(pointer: str, detail: object) -> NotPossible:
    """Return the refusal of one field of the body, by its JSON pointer."""
    return NotPossible(errors=[{"pointer": pointer, "detail": str(detail)}])


def answer_for(error: Exception) -> HttpResponse:
    """Return the problem that tells of an exception; of one nobody expected only that it was."""
    problem = _problem_of(error)
    if problem is None:
        logger.error("API request failed", exc_info=error)
        return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "error", _("Something went wrong."))
    return answer(
        problem.status,
        problem.code,
        problem.detail,
        errors=problem.errors,
        headers=problem.headers,
        count=problem.count,
    )


def answer(
    status: int,
    code: str,
    detail: str | Promise,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    count: int | None = None,
) -> HttpResponse:
    """Return one problem as a response; ``count`` is how many rows there are now."""
    body: dict[str, Any] = {
        "type": f"urn:duebook:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": str(detail),
        "request_id": current_request_id(),
    }
    if count is not None:
        body["count"] = count
    if errors:
        body["errors"] = errors[:MOST_ERRORS]
    text = json.dumps(body, ensure_ascii=False)
    response = HttpResponse(text, content_type=CONTENT_TYPE, status=int(status))
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def _problem_of(error: Exception) -> Problem | None:
    if isinstance(error, Problem):
        return error
    if isinstance(error, REFUSALS):
        refusal = refusal_of(error)
        return _made(refusal.status, refusal.code, refusal.detail, errors=refusal.errors)
    if isinstance(error, Http404):
        return _made(HTTPStatus.NOT_FOUND, "not_found", _("There is nothing at this address."))
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return _of_database(error)


def _of_framework(error: exceptions.APIException) -> Problem:
    if isinstance(error, exceptions.ValidationError):
        return NotPossible(errors=list(pointers(error.detail)))
    headers = {}
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(error.wait or 1)  # type: ignore[attr-defined]
    code = {
        exceptions.ParseError: "unreadable",
        exceptions.MethodNotAllowed: "method_not_allowed",
        exceptions.UnsupportedMediaType: "unsupported_media_type",
        exceptions.NotAcceptable: "not_acceptable",
        exceptions.Throttled: "too_many_requests",
    }.get(type(error), "refused")
    return _made(error.status_code, code, str(error.detail), headers=headers)


def _of_database(error: Exception) -> Problem | None:
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, OperationalError):
        if state in BUSY_STATES:
            return Busy(headers={"Retry-After": "1"})
        logger.error("Database not reached", exc_info=error)
        return Unavailable(headers={"Retry-After": "30"})
    if isinstance(error, DataError):
        return NotPossible(_("A number in the request is larger than can be kept."))
    if isinstance(error, IntegrityError):
        logger.warning("API request against a rule of the database: %s", error)
        return _made(
            HTTPStatus.CONFLICT, "conflict", _("This contradicts something that is there already.")
        )
    return None


def _made(
    status: int,
    code: str,
    detail: str | Promise,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Problem:
    problem = Problem(detail, errors=errors, headers=headers)
    problem.status, problem.code = HTTPStatus(status), code
    return problem


def pointers(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Return the serializers' nested errors as a flat list, each with its JSON pointer."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else f"/{escaped(str(name))}"
            yield from pointers(inner, pointer + step)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            if isinstance(inner, dict | list):
                yield from pointers(inner, f"{pointer}/{index}")
            else:
                yield {"pointer": pointer, "detail": str(inner)}
    else:
        yield {"pointer": pointer, "detail": str(detail)}


def escaped(name: str) -> str:
    """Return a name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")

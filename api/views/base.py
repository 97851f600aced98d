"""What every view of the API does before and after its handler.

Who calls is found in a transaction of its own; then the handler runs in one transaction in the
company's scope, and whatever it raises undoes all of it and is told as a problem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed, ParseError, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import ids
from api.authentication import Caller, caller_of
from api.filtering import Filters, Parameter
from api.operations.idempotency import Asked, answered_once
from api.pagination import NAMES, page_of
from api.parsing import expected_version, idempotency_key, require_only
from api.problems import answer_for
from api.shaping import EXPAND, FIELDS, Expansion, Shaping, Wanted
from api.throttling import Allowance, count_request
from core.models import Tenant, User
from core.tenancy import tenant_scope
from core.views import Policy

ViewMethod = TypeVar("ViewMethod", bound=Callable[..., HttpResponseBase])
NO_BODY = 204
LONGEST_ROUTE = 200  # what is longer names nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Does:
    """What a handler does, for who may call it, what it reads, and the schema."""

    name: str
    summary: str
    scope: str
    takes: type[serializers.Serializer] | None
    returns: type[serializers.Serializer] | None
    status: int
    is_list: bool
    is_pdf: bool
    has_version: bool
    filters: tuple[Parameter, ...]
    shaping: Shaping
    media: dict[str, Any] | None  # what a body may be, if not JSON alone

    @property
    def parameters(self) -> list[Any]:
        """The parameters of its address, described."""
        return [*(one.described() for one in self.filters), *self.shaping.parameters]

    @property
    def known_parameters(self) -> set[str]:
        """The names of all parameters it reads."""
        names = {one.name for one in self.filters} | (NAMES if self.is_list else set())
        asked = {FIELDS: self.shaping.names, EXPAND: self.shaping.expansions}
        return names | {name for name, known in asked.items() if known}


def does(
    name: str,
    summary: str,
    *,
    scope: str = "",
    takes: type[serializers.Serializer] | None = None,
    returns: type[serializers.Serializer] | None = None,
    status: int = 200,
    is_list: bool = False,
    is_pdf: bool = False,
    has_version: bool = False,
    filters: Filters | None = None,
    parameters: tuple[Parameter, ...] = (),
    expands: tuple[Expansion, ...] = (),
    is_shaped: bool = True,
    media: dict[str, Any] | None = None,
) -> Callable[[ViewMethod], ViewMethod]:
    """
    Say what a handler does; its body is read by ``takes`` before it is called.

    What is read (GET) can be asked for by its fields, unless the handler shapes its answer itself.
    """

    def note(method: ViewMethod) -> ViewMethod:
        reads = is_shaped and returns is not None and method.__name__ == "get"
        names = tuple(returns._declared_fields) if reads and returns else ()  # noqa: SLF001 - its only list
        method.does = Does(  # type: ignore[attr-defined]
            name=name,
            summary=summary,
            scope=scope,
            takes=takes,
            returns=returns,
            status=status,
            is_list=is_list,
            is_pdf=is_pdf,
            has_version=has_version,
            filters=(*(filters.parameters if filters else ()), *parameters),
            shaping=Shaping(names, expands),
            media=media,
        )
        return method

    return note


class ApiView(APIView):
    """One address. Handlers are ``get``, ``post``, ``patch``, ``delete``, each with ``@does``."""

    http_method_names = ["get", "head", "post", "patch", "delete"]
    tag = ""  # the resource's name in the schema
    prefix = ""  # of the id in the address

    caller: Caller
    at: datetime
    body: Any
    allowance: Allowance | None = None
    wanted = Wanted()

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view: Any = super().as_view(**initkwargs)
        handlers = [getattr(cls, name, None) for name in cls.http_method_names]
        scopes = {one.does.scope for one in handlers if one is not None and hasattr(one, "does")}
        view.policy = Policy("key", permission=" ".join(sorted(scopes)))
        return transaction.non_atomic_requests(view)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer; nothing that goes wrong leaves a trace in the database."""
        self.args, self.kwargs, self.headers = args, kwargs, self.default_response_headers
        self.request, self.at = self.initialize_request(request, *args, **kwargs), timezone.now()
        try:
            response = self._answered(self.request)
        except Exception as error:  # noqa: BLE001 - every one is told as a problem
            response = answer_for(error)
        response = self.finalize_response(self.request, response, *args, **kwargs)
        for name, value in (self.allowance.headers() if self.allowance else {}).items():
            response[name] = value
        response["Cache-Control"] = "no-store, private"
        return response

    def _answered(self, request: Request) -> Any:
        renderer = self.get_renderers()[0]
        request.accepted_renderer = renderer
        request.accepted_media_type = renderer.media_type
        self.caller = caller_of(request.headers.get("Authorization"), self.at)
        tenant = self.caller.tenant
        self.allowance = count_request(tenant_id=tenant.pk, key_id=self.caller.key.pk, at=self.at)
        if self.allowance.is_used_up:
            raise Throttled(wait=self.allowance.reset)
        handler = self._handler(request)
        if handler.does.scope:
            self.caller.require(handler.does.scope)
        require_only(request.query_params, handler.does.known_parameters)
        self.wanted = handler.does.shaping.read(request)
        for one in self.wanted.expansions:
            self.caller.require(one.scope)
        # What the pages' filters ask of a request.
        request._request.tenant, request._request.day = tenant, self.day  # type: ignore[attr-defined]  # noqa: SLF001 - the one below
        viewer = self.caller.membership.viewer
        with tenant_scope(tenant.pk, viewer=viewer), timezone.override(tenant.time_zone):
            return self._carried_out(request, handler)

    def _handler(self, request: Request) -> Any:
        method = str(request.method).lower()
        handler = getattr(self, method, None) if method in self.http_method_names else None
        if handler is None:
            raise MethodNotAllowed(str(request.method))
        return handler

    def _carried_out(self, request: Request, handler: Any) -> Any:
        key = idempotency_key(request) if request.method == "POST" else None
        expected = handler.does.takes

        def act() -> Any:
            if expected is not None:
                if not _has_body(request):
                    raise ParseError(_("The body is missing."))
                reader = expected(
                    data=request.data,
                    change=request.method == "PATCH",
                    context={"caller": self.caller},
                )
                reader.is_valid(raise_exception=True)
                self.body = reader.validated_data
            elif request.method == "POST":
                self._refuse_body(request)
            return handler(request)

        if key is None:
            return act()
        said = None if expected is None else request.data
        route, since = request.path[:LONGEST_ROUTE], self.caller.membership.scope_since
        asked = Asked(self.caller.key, route, key, said, since=since)
        return answered_once(asked, act, at=self.at)

    def _refuse_body(self, request: Request) -> None:
        """Refuse a body where none is read: somebody expects something of it."""
        if _has_body(request) and request.data not in ({}, None):
            raise serializers.ValidationError(_("Nothing is read from a body here."))

    # What handlers use.

    @property
    def tenant(self) -> Tenant:
        """The key's company."""
        return self.caller.tenant

    @property
    def actor(self) -> User:
        """The person the key acts for."""
        return self.caller.user

    @property
    def day(self) -> date:
        """The company's today."""
        return self.caller.tenant.day_of(self.at)

    @property
    def version(self) -> int | None:
        """The version that ``If-Match`` names, None for any."""
        return expected_version(self.request)

    def found(self, rows: QuerySet[Any]) -> Any:
        """
        Return the row that the address names.

        :raises Http404: if it is not the company's, or not there
        """
        pk = ids.read(self.prefix, self.kwargs["id"])
        row = None if pk is None else rows.filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def page(
        self,
        rows: QuerySet[Any],
        shape: type[serializers.Serializer],
        filters: Filters | None = None,
        *,
        is_rising: bool = False,
    ) -> Response:
        """Return one page of rows, narrowed by the address, the newest first or the oldest."""
        if filters is not None:
            rows = filters.applied(self.request, rows)
        found, following, previous = page_of(self.request, rows, is_rising=is_rising)
        results = self.wanted.written(found, shape, many=True, day=self.day)
        return Response({"next": following, "previous": previous, "results": results})

    def shown(
        self,
        row: Any,
        shape: type[serializers.Serializer],
        *,
        status: int = 200,
        location: str = "",
    ) -> Response:
        """Return one row, with its version as ETag and, where it is new, its address."""
        headers = {"Location": location} if location else {}
        version = getattr(row, "version", None)
        if version is not None:
            headers["ETag"] = f'"{version}"'
        data = self.wanted.written(row, shape, many=False, day=self.day)
        return Response(data, status=status, headers=headers)


def _has_body(request: Request) -> bool:
    return request.META.get("CONTENT_LENGTH") not in (None, "", "0")

"""How the OpenAPI schema is made from what the views and fields say of themselves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from api import ids
from api.fields import Strict
from api.pagination import CURSOR_SCHEMA, LIMIT_SCHEMA
from api.parsing import LONGEST_KEY
from api.problems import CONTENT_TYPE

ALWAYS = (400, 401, 403, 404, 405, 409, 429, 500, 503)
WITH_BODY = (413, 415, 422)
WITH_VERSION = (412,)
WORDS = {
    400: "The address or the body cannot be read.",
    401: "No key, or one that opens nothing.",
    403: "The key, or its person, may not do this.",
    404: "There is nothing here, for this company.",
    405: "This address does not take this method.",
    409: "It does not fit how things stand.",
    412: "It has changed since it was read (If-Match).",
    413: "The body is too large.",
    415: "The body is of another media type than is read here.",
    422: "The body says something that cannot be; errors name the fields.",
    429: "Too many requests; Retry-After says when to go on.",
    500: "Something went wrong here.",
    503: "Not possible right now; try again later.",
}
TAGS = (
    *("customers", "contacts", "terms", "products", "tax codes", "charges", "invoices"),
    *("documents", "receipts", "allocations", "open items", "bank accounts", "reports"),
    *("imports", "jobs", "key"),
)
ABOUT = """
What people do on the pages, for programs: the same rules, the same refusals, the same history.

* **Keys** are made in the settings and sent as `Authorization: Bearer duebook_...`. A key acts in
  the name of the person who made it: it may do what its scopes say and that person's roles allow.
* **Money** is `{"amount": "1234.50", "currency": "CNY"}`, exact, in the currency's own places;
  days are `2026-03-02`, instants `2026-03-02T12:00:00Z`. Ids carry what they are of: `cus_12`.
* **Lists** come in pages of `limit` rows (50, at most 200), the newest first; `next` and
  `previous` are addresses. Parameters and fields nobody knows are refused.
* **Less or more**: `fields=id,number` leaves only these; `expand=customer` gives the customer
  instead of its id, if the key may read customers.
* **Twice is once**: send an `Idempotency-Key` with a POST, and repeat it when in doubt. The answer
  is the first one's, with `Idempotent-Replayed: true`; another body under the key is refused (422).
  What was refused leaves nothing behind and may be sent again.
* **Versions**: what has one answers with an `ETag`; sent back as `If-Match`, a change that came in
  between is found (412).
* **Refusals** are `application/problem+json`; `code` is for programs and does not change,
  `errors` name the fields by JSON pointer.
* **Limits**: `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) on every
  answer; beyond them 429 with `Retry-After`.
"""
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "For programs; it does not change."},
        "detail": {"type": "string", "description": "For people, in the language asked for."},
        "request_id": {"type": "string"},
        "count": {"type": "integer", "description": "How many rows match now, where that is why."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "Parameter of the address."},
                    "header": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class Described(AutoSchema):
    """Reads what ``api.views.base.does`` keeps on each handler."""

    @property
    def does(self) -> Any:
        return getattr(self.view, self.method.lower()).does

    @property
    def _api_view(self) -> Any:
        return self.view

    def get_operation_id(self) -> str:
        return str(self.does.name)

    def get_summary(self) -> str:
        return str(self.does.summary)

    def get_description(self) -> str:  # type: ignore[override]
        return f"Scope: `{self.does.scope}`" if self.does.scope else "Any key."

    def get_tags(self) -> list[str]:
        return [self._api_view.tag]

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{"key": []}]

    def get_request_serializer(self) -> Any:
        return self.does.media or self.does.takes

    def get_response_serializers(self) -> Any:
        does = self.does
        if does.is_pdf:
            return {(200, "application/pdf"): {"type": "string", "format": "binary"}}
        if does.returns is None:
            return {does.status: None}
        if not does.shaping.names and not does.is_list:
            return {does.status: does.returns}
        component = self.resolve_serializer(does.returns, "response")
        shape = component.ref
        if does.shaping.names:
            shape = {"anyOf": [shape, self._part_of(component, does.shaping).ref]}
        return {does.status: _page_of(shape) if does.is_list else shape}

    def _part_of(self, component: Any, shaping: Any) -> Any:
        """Return what ``fields`` and ``expand`` make of an answer, under a name of its own."""
        properties = dict(component.schema["properties"])
        for one in shaping.expansions:
            ref = self.resolve_serializer(one.shape, "response").ref
            usual = [properties[one.name]] if one.name in properties else []
            full = {"type": "array", "items": ref} if one.is_many else ref
            properties[one.name] = {"anyOf": [*usual, full]}
        expanded = "".join(one.name.title() for one in shaping.expansions)
        part = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=f"{component.name}{expanded}Part",
            type=ResolvedComponent.SCHEMA,
            object=f"{component.name}{expanded}Part",
            schema={
                "type": "object",
                "description": "What `fields` and `expand` leave and add.",
                "properties": properties,
            },
        )
        self.registry.register_on_missing(part)
        return part

    def get_override_parameters(self) -> list[Any]:
        does, found = self.does, list(self.does.parameters)
        if "{id}" in self.path:
            schema = {"type": "string", "pattern": ids.pattern(self._api_view.prefix)}
            found.append(OpenApiParameter("id", schema, OpenApiParameter.PATH))
        if does.is_list:
            found.append(OpenApiParameter("limit", LIMIT_SCHEMA))
            found.append(OpenApiParameter("cursor", CURSOR_SCHEMA))
        if self.method == "POST":
            key = {
                "type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$",
            }  # fmt: skip
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    key,
                    OpenApiParameter.HEADER,
                    description="The same request with the same key is carried out once; kept for"
                    " 30 days.",
                )
            )
        if does.has_version:
            found.append(
                OpenApiParameter(
                    "If-Match",
                    {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
                    OpenApiParameter.HEADER,
                    description="The ETag you read; 412 if it has changed since.",
                )
            )
        return found


class StrictExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Bodies take no other fields than those named."""

    target_class = Strict
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(  # type: ignore[no-untyped-call]  # noqa: SLF001 - as its documentation says
            self.target, direction, bypass_extensions=True
        )
        return schema | {"additionalProperties": False}


def with_problems(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add to every operation how it may refuse, and who may call at all."""
    parts = result.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = PROBLEM
    parts["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key of the settings."}
    }
    _strip(result)
    result["info"] |= {"title": "Duebook API", "description": ABOUT}
    result["tags"] = [{"name": name} for name in TAGS]
    for operations in result["paths"].values():
        for operation in operations.values():
            statuses = {*ALWAYS}
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
                statuses |= {*WITH_BODY}
            if any(one["name"] == "If-Match" for one in operation.get("parameters", ())):
                statuses |= {*WITH_VERSION}
            for status in sorted(statuses):
                operation["responses"].setdefault(str(status), _refusal(status))
    return result


def _strip(part: Any) -> None:
    """Take out what spectacular marks enumerations with, for a step of its own that is not used."""
    if isinstance(part, dict):
        part.pop("x-spec-enum-id", None)
        for inner in part.values():
            _strip(inner)
    elif isinstance(part, list):
        for inner in part:
            _strip(inner)


def _refusal(status: int) -> dict[str, Any]:
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": WORDS[status], "content": content}


def _page_of(shape: dict[str, Any]) -> dict[str, Any]:
    address = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {
            "next": address,
            "previous": address,
            "results": {"type": "array", "items": shape},
        },
    }

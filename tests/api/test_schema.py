"""The schema is true: whatever fits it, or does not, is answered as it says, for every role.

schemathesis makes the requests. Ids in addresses and bodies are made those of rows that are there,
the company's own and another's, so that requests get past the first look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from api import ids
from api.urls import resources
from core import pdf
from core.roles import Role
from tests.api.conftest import make_key
from tests.api.test_matrix import HANDLERS, METHODS, WORLD, world_of
from tests.world import SECRET

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
# What the library takes for a refusal, and 412: an If-Match that names no version.
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428, 429]
_ID = re.compile(r"([a-z]{3})_([1-9][0-9]*)", re.ASCII)
ALSO = {ids.TERMS: "term", ids.TAX_CODE: "tax", ids.BANK_ACCOUNT: "bank"}


@cache
def schema() -> Any:
    config = SchemathesisConfig.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
    )
    return openapi.from_wsgi("/api/v1/schema/", get_wsgi_application(), config=config)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the test's connection, and with it its transaction, over the ends of requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def made(db: None, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_REQUESTS_PER_MINUTE = 10**9
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(pdf, "render", lambda html, **_k: b"%PDF " + html.encode())


@pytest.mark.django_db
def test_it_is_openapi_3_1_and_names_every_handler() -> None:
    raw = schema().raw_schema
    assert raw["openapi"] == "3.1.0"
    schema().validate()
    named = {(path, method) for path in raw["paths"] for method in raw["paths"][path]}
    expected = {
        (re.sub(r"<str:id>", "{id}", f"/api/v1/{path}"), method) for path, method, _cls in HANDLERS
    }
    assert named == expected
    assert len(raw["paths"]) == len(resources)
    for path, method in named:
        answers = raw["paths"][path][method]["responses"]
        assert {"401", "403", "404", "429"} <= set(answers)
        assert all(status < "3" or "application/problem+json" in answers[status]["content"]
                   for status in answers)  # fmt: skip
        assert method in METHODS
    for name, part in raw["components"]["schemas"].items():
        if name.removeprefix("Patched").endswith("Given"):
            assert part["additionalProperties"] is False, name


@pytest.mark.django_db
def test_it_is_not_made_again_for_who_has_it(client: Any) -> None:
    first = client.get("/api/v1/schema/")
    again = client.get("/api/v1/schema/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    rule = page["Content-Security-Policy"]
    assert "script-src 'self';" in f"{rule};"
    assert rule.count("unsafe") <= 1


MODES = pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)


@MODES
def test_requests_by_the_roles_in_turn(
    mode: GenerationMode, made: None, tenant: Any, other_tenant: Any, members: Any
) -> None:
    """Each operation is asked once: every other one by the admin's key, the rest by the others'."""
    others = [role for role in Role if role != Role.ADMIN]
    in_turn = [role for other in others for role in (Role.ADMIN, other)]
    _fuzz(in_turn, mode, (tenant, other_tenant, members), examples=1)


@pytest.mark.slow
@MODES
@pytest.mark.parametrize("role", list(Role))
def test_many_requests_by_role(
    role: Role, mode: GenerationMode, made: None, tenant: Any, other_tenant: Any, members: Any
) -> None:
    _fuzz([role], mode, (tenant, other_tenant, members), examples=20)


def _fuzz(roles: list[Role], mode: GenerationMode, who: Any, *, examples: int) -> None:
    tenant, other_tenant, members = who
    worlds = [world_of(tenant), world_of(other_tenant)]
    headers = [{"Authorization": f"Bearer {make_key(tenant, members[role])}"} for role in roles]
    for index, result in enumerate(schema().get_all_operations()):
        operation = result.ok()
        if mode is GenerationMode.POSITIVE or _can_be_wrong(operation):
            _ask(operation, mode, headers[index % len(roles)], worlds, examples)


def _ask(operation: Any, mode: GenerationMode, headers: Any, worlds: Any, examples: int) -> None:
    @seeded(len(operation.label))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters = _real(case.path_parameters, worlds)
            case.body = _real(case.body, worlds)
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)
        assert SECRET.encode() not in answer.content, case.as_curl_command()

    ask()


def _can_be_wrong(operation: Any) -> bool:
    return bool(operation.body or operation.query or operation.path_parameters)


def _real(value: Any, worlds: list[dict[str, int]]) -> Any:
    """Return the value with its ids made real: even ones the company's own, odd ones another's."""
    if isinstance(value, dict):
        return {name: _real(inner, worlds) for name, inner in value.items()}
    if isinstance(value, list):
        return [_real(inner, worlds) for inner in value]
    match = _ID.fullmatch(value) if isinstance(value, str) else None
    named = (WORLD | ALSO).get(match[1]) if match else None
    if match is None or named is None:
        return value
    return f"{match[1]}_{worlds[int(match[2]) % 2][named]}"

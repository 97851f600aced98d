"""Keys, and a client that speaks as a program does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from api import operations
from api.enums import Scope
from core.models import Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope

MADE = datetime(2026, 1, 1, tzinfo=UTC)
EVERY_SCOPE = tuple(Scope.values)


def make_key(tenant: Tenant, person: User, *scopes: str, expires_at: datetime | None = None) -> str:
    with tenant_scope(tenant.pk):
        return operations.create_key(
            name="Test", scopes=scopes or EVERY_SCOPE, expires_at=expires_at, at=MADE, actor=person
        ).secret


class Program:
    """A client that holds a key; answers are checked to be what the API says of all of them."""

    def __init__(self, secret: str = "") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def __call__(
        self, method: str, path: str, body: Any = None, /, *, status: int = 200, **headers: str
    ) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        kwargs: dict[str, Any] = {"headers": self.headers | sent}
        if method in {"post", "patch"}:
            text = "" if body is None else json.dumps(body)
            kwargs |= {"data": text, "content_type": "application/json"}
        answer = getattr(self.client, method)(f"/api/v1/{path}", **kwargs)
        assert answer.status_code == status, (method, path, answer.status_code, answer.content)
        if status >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            said = answer.json()
            assert {"type", "title", "status", "code", "detail"} <= set(said)
            assert said["status"] == status
        return answer

    def get(self, path: str, **kwargs: Any) -> Any:
        return self("get", path, **kwargs)

    def post(self, path: str, body: Any = None, *, status: int = 201, **kwargs: Any) -> Any:
        return self("post", path, body, status=status, **kwargs)

    def patch(self, path: str, body: Any, **kwargs: Any) -> Any:
        return self("patch", path, body, **kwargs)


@pytest.fixture(autouse=True)
def _no_earlier_counts() -> None:
    cache.clear()


@pytest.fixture
def program(tenant, members):
    """Return a maker of programs: by role, with the scopes given, else all."""

    def make(role: str = Role.ADMIN, *scopes: str, of: Tenant | None = None) -> Program:
        return Program(make_key(of or tenant, members[role], *scopes))

    return make


@pytest.fixture
def admin(program) -> Program:
    return program()


@pytest.fixture
def world(tenant, other_tenant, members):
    """Make rows inside a scope of its own, so that requests are real."""

    def act(what, of: Tenant | None = None):
        with tenant_scope((of or tenant).pk):
            return what()

    return act

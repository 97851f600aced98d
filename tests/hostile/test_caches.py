"""What is kept in caches names its company, or holds nothing of one: each use is looked at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.cache.backends.redis import RedisCache
from django.test import Client

from core.models import Tenant, User
from core.roles import Role
from tests.api.conftest import Program, make_key
from tests.world import build_world

ROOT = Path(__file__).parents[2]
APPS = (
    "api", "billing_site", "core", "customers", "dunning", "invoices", "ledger", "messaging",
    "payments", "portal", "reports",
)  # fmt: skip
# Who uses the shared cache, and what its keys hold.
SHARED = {
    "api/throttling.py": "company, key and minute",
    "billing_site/watch/health.py": "a mark of a probe",
    "core/limits.py": "what a limit counts by: network addresses and mail addresses",
    "core/logos.py": "the hash of a picture's bytes",
    "core/pages/sign_up.py": "network address and mail address of somebody who is nobody yet",
    "core/sign_in.py": "the hash of a session's key",
    "invoices/tasks.py": "company and bill",
    "portal/views/gone.py": "network address",
}
# Functions whose answers a process remembers: of their arguments alone, nothing of a company.
REMEMBERED = {
    "api/views/schema.py": "the schema, the same for everybody",
    "billing_site/watch/health.py": "the migrations of this release",
    "core/bulk.py": "columns of a model",
    "core/countries.py": "names of countries",
    "core/operations/create_company.py": "a preset of a country",
    "core/presentation.py": "numbers and days written out",
    "core/search/keys.py": "how a text is spelled",
    "core/search/pages.py": "spellings of a page's name",
    "invoices/documents/labels.py": "labels of a language",
    "messaging/operations/fence.py": "settings of a connection",
}
# Keys as they look: those with a number first name the company; the others hold nothing of one.
KEYS = re.compile(
    r"api-rate:\d+:|document-(turn|failures):\d+:|allauth[.:]|seen:[0-9a-f]{64}|sign_up:|portal-asks:"
    r"|readyz|light-logo:[0-9a-f]{64}"
)


def uses(names: str, module: str) -> set[str]:
    """Return the files that import one of the names from the module."""
    line = re.compile(rf"^from {re.escape(module)} import .*\b({names})\b", re.MULTILINE)
    return {
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if line.search(path.read_text())
    }


def test_every_use_of_the_shared_cache_was_looked_at() -> None:
    assert uses("caches?", "django.core.cache") <= set(SHARED)
    assert uses("cache_page", "django.views.decorators.cache") == set()


def test_every_answer_a_process_remembers_was_looked_at() -> None:
    assert uses("cache|lru_cache", "functools") <= set(REMEMBERED)


def test_no_template_keeps_a_part() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"{%\s*(load cache|cache )", path.read_text()), path


@pytest.mark.django_db
def test_keys_look_as_they_should(
    tenant: Tenant,
    other_tenant: Tenant,
    members: dict[str, User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = set[str]()
    make_key_of = RedisCache.make_key

    def noted(self: RedisCache, key: str, version: int | None = None) -> str:
        seen.add(key)
        return make_key_of(self, key, version)

    monkeypatch.setattr(RedisCache, "make_key", noted)
    for one in (tenant, other_tenant):
        build_world(one)
        person = members[Role.ADMIN if one is tenant else "STRANGER"]
        Program(make_key(one, person)).get("customers/")
        client = Client()
        client.post("/accounts/login/", {"login": person.email, "password": "x"})
        client.force_login(person)
        for path in (
            "",
            "customers/",
            "invoices/",
            "settings/",
            "search/?q=OURS",
            "reports/aging/",
        ):
            assert client.get(f"/t/{one.slug}/{path}").status_code == 200
    assert [key for key in seen if not KEYS.match(key)] == []
    rates = {key.split(":")[1] for key in seen if key.startswith("api-rate:")}
    assert rates == {str(tenant.pk), str(other_tenant.pk)}

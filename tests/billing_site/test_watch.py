"""Health, log lines, figures, reports: what the operator sees, and what nobody may see there."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import sentry_sdk
from celery import current_app, shared_task
from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from billing_site.watch import errors, figures, health
from billing_site.watch.logs import JsonLines, WorkFilter
from core.context import current_request_id, current_work
from core.models import AuditEntry, Tenant, User
from core.tenancy import tenant_scope
from tests.world import build_world

TOKEN = "a-token-of-the-operator"
SWEEPS = django_settings.CELERY_BEAT_SCHEDULE


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    health._MEMORY.forget()
    figures.WAITING.forget()


@pytest.fixture
def lines() -> Iterator[Any]:
    """Give a function that returns what was logged, as objects."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    handler.addFilter(WorkFilter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


# --- health -----------------------------------------------------------------------------------


def test_alive_asks_no_database(client: Client) -> None:
    """No ``db`` fixture: a query would be refused."""
    client.cookies["session"] = "x" * 32
    answer = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["billing.example.com"])
def test_probes_come_by_plain_http_to_an_inner_address(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "127.0.0.1:8000"}).status_code == 200


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    fine: dict[str, Any] = dict.fromkeys(health.PARTS, lambda: None)
    monkeypatch.setattr(health, "PARTS", fine)
    return fine


def test_ready_names_the_part_that_is_not(
    client: Client, parts: dict[str, Any], lines: Any
) -> None:
    assert client.get("/readyz").json() == {
        "status": "ok",
        "parts": dict.fromkeys(("database", "broker", "cache", "media", "mail"), "ok"),
    }
    health._MEMORY.forget()

    def refused() -> None:
        raise ConnectionRefusedError("redis://:secret@cache.internal:6379")

    parts["broker"] = refused
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["broker"] == "failed"
    assert [name for name, word in answer.json()["parts"].items() if word == "ok"] == [
        "database", "cache", "media", "mail",
    ]  # fmt: skip
    assert b"secret" not in answer.content
    assert b"internal" not in answer.content
    [told] = [line for line in lines() if line["message"].startswith("Not ready")]
    assert "secret" not in told["message"]


def test_a_part_that_hangs_is_not_waited_for() -> None:
    began = time.monotonic()
    found = health.ask_all({"slow": lambda: time.sleep(1.0), "quick": lambda: None}, 0.1)
    assert found == {"slow": False, "quick": True}
    assert time.monotonic() - began < 0.8


def test_many_probes_ask_once(client: Client, parts: dict[str, Any]) -> None:
    asked: list[int] = []
    parts["database"] = lambda: asked.append(1)
    for _ in range(3):
        client.get("/readyz")
    assert asked == [1]


def test_the_parts_themselves(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    health.media()
    assert list((tmp_path / "media").iterdir()) == []
    settings.MEDIA_ROOT = "/proc/nothing/can/be/written"
    with pytest.raises(OSError, match="/proc/nothing"):
        health.media()
    settings.EMAIL_BACKEND = "messaging.smtp.FencedBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(ConnectionRefusedError):
        health.mail()
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(Exception, match="refused"):
        health.broker()


@pytest.mark.django_db
def test_the_database_is_asked_as_the_apps_role() -> None:
    health.database()
    role = health.settings.DATABASE_APP_ROLE
    with (
        override_settings(DATABASE_APP_ROLE="somebody"),
        pytest.raises(health.NotReady, match=role),
    ):
        health.database()


# --- request ids and lines ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", True),
        ("a" * 36, True),
        ("a" * 37, False),
        ("short", False),
        ("has spaces in it", False),
        ("<script>alert(1)</script>", False),
        ("../../etc/passwd", False),
        ("姓名姓名姓名姓名", False),
        ("", False),
    ],
)
def test_an_id_is_taken_only_if_well_formed(client: Client, given: str, *, is_taken: bool) -> None:
    answer = client.get("/healthz", headers={"x-request-id": given})
    assert (answer["X-Request-ID"] == given) is is_taken
    assert re.fullmatch(r"[0-9A-Za-z-]{8,36}", answer["X-Request-ID"])
    assert current_request_id() == ""


@pytest.mark.django_db
def test_a_line_names_route_company_and_no_person(
    members: dict[str, User], tenant: Tenant, client: Client, lines: Any
) -> None:
    client.force_login(members["ADMIN"])
    answer = client.get(f"/t/{tenant.slug}/customers/?q=secret-name")
    [line] = [line for line in lines() if line["logger"] == "duebook.request"]
    assert line["route"] == "customers:list"
    assert line["tenant"] == tenant.slug
    assert line["request_id"] == answer["X-Request-ID"]
    assert (line["status"], line["method"], line["level"]) == (200, "GET", "INFO")
    assert 0 < line["milliseconds"] < 60_000
    assert "secret-name" not in json.dumps(line)
    assert members["ADMIN"].email not in json.dumps(line)


@pytest.mark.django_db
def test_the_trail_keeps_the_same_id(members: dict[str, User], tenant: Tenant) -> None:
    client = Client()
    client.force_login(members["ADMIN"])
    wanted = "11111111-2222-3333-4444-555555555555"
    answer = client.post(
        f"/t/{tenant.slug}/settings/terms/new/",
        {"name": "Ten days", "kind": "NET", "days": "10"},
        headers={"x-request-id": wanted},
    )
    assert answer["X-Request-ID"] == wanted
    with tenant_scope(tenant.pk):
        assert set(AuditEntry.objects.values_list("request_id", flat=True)) <= {wanted}


@pytest.mark.django_db
def test_an_error_page_tells_its_reference(
    members: dict[str, User], tenant: Tenant, monkeypatch: pytest.MonkeyPatch, lines: Any
) -> None:

    def broken(self: Any, request: HttpRequest) -> HttpResponse:
        raise RuntimeError("Ann Li <ann@customer.test> broke it")

    monkeypatch.setattr("core.middleware.PersonMiddleware.__call__", broken)
    client = Client(raise_request_exception=False)
    answer = client.get("/companies/")
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in answer.content.decode()
    told = [line for line in lines() if line.get("exc_info")]
    assert told
    assert told[0]["request_id"] == answer["X-Request-ID"]
    assert "ann@customer.test" not in json.dumps(told)


def test_a_line_holds_known_fields_alone(lines: Any) -> None:
    logging.getLogger("x").info("hello %s", "ann@customer.test", extra={"email": "ann@b.test"})
    [line] = lines()
    assert line.keys() == {"time", "level", "logger", "message"}
    assert line["message"] == "hello ***@***"


@shared_task(name="tests.watched")
def watched(*, fail: bool) -> None:
    assert current_work().route == "tests.watched"
    if fail:
        raise ValueError("no")


def test_a_tasks_lines_name_it(lines: Any) -> None:
    watched.apply(kwargs={"fail": False}, task_id="task-1234")
    watched.apply(kwargs={"fail": True}, task_id="task-5678")
    told = [line for line in lines() if line["logger"] == "duebook.task"]
    assert [(line["request_id"], line["route"], line["status"]) for line in told] == [
        ("task-1234", "tests.watched", "success"),
        ("task-5678", "tests.watched", "failure"),
    ]
    assert current_work().kind == ""


@shared_task(name="tests.found")
def found(*, number: int | None) -> int | None:
    return number


def test_a_sweep_that_found_nothing_is_silent(lines: Any) -> None:
    for number in (0, 2, None):
        found.apply(kwargs={"number": number}, task_id=f"task-{number}")
    told = [line["request_id"] for line in lines() if line["logger"] == "duebook.task"]
    assert told == ["task-2", "task-None"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted({one["task"] for one in SWEEPS.values()}))
def test_what_beat_wakes_says_how_much_it_found(name: str, tenant: Tenant, lines: Any) -> None:
    current_app.loader.import_default_modules()
    done = current_app.tasks[name].apply(task_id="task-beat")
    assert (done.state, done.result) == ("SUCCESS", 0)
    assert [line for line in lines() if line["logger"] == "duebook.task"] == []


# --- figures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "ünïcode"])
def test_figures_are_for_who_knows_the_token(client: Client, settings: Any, token: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"authorization": f"Bearer {token}"}).status_code == 404
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_figures_tell_counts_and_no_company(
    members: dict[str, User], tenant: Tenant, other_tenant: Tenant, settings: Any
) -> None:
    for company in (tenant, other_tenant):
        build_world(company)
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM messaging_outboundmessage WHERE state = 'QUEUED'")
        [own] = cursor.fetchone()
    settings.METRICS_TOKEN = TOKEN
    client = Client()
    client.get("/no/such/address/acme")
    client.generic("BREW", "/healthz")
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert f'duebook_messages{{state="QUEUED"}} {2 * own}.0' in text
    assert 'duebook_messages_oldest_seconds{state="QUEUED"}' in text
    assert 'duebook_jobs{state="QUEUED"}' in text
    assert "duebook_database_up 1.0" in text
    assert 'duebook_requests_total{method="GET",route="none",status="404"}' in text
    assert 'method="other",route="healthz"' in text
    assert re.search(r'duebook_request_seconds_bucket\{le="0.5",route="none"\} \d', text)
    assert tenant.slug not in text
    assert other_tenant.slug not in text


# --- reports of errors ----------------------------------------------------------------------------


class Kept(Transport):
    """Takes reports and sends nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        if event := envelope.get_event():
            self.events.append(event)


@pytest.fixture
def reports() -> Iterator[Kept]:
    kept = Kept()
    errors.report_to("https://key@sentry.invalid/1", environment="test", transport=kept)
    yield kept
    sentry_sdk.get_global_scope().set_client(None)


@pytest.mark.django_db
def test_a_report_says_where_and_not_who(reports: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    # Made here, so that they do not stand in the lines of code that a report quotes.
    token, cookie, person = uuid.uuid4().hex, uuid.uuid4().hex, f"{uuid.uuid4().hex}@customer.test"

    def broken(self: Any, request: HttpRequest) -> HttpResponse:
        secret_of_ann = request.GET["q"]
        raise RuntimeError(f"for {secret_of_ann} at /b/{token}/\nDETAIL: a row")

    monkeypatch.setattr("core.middleware.PersonMiddleware.__call__", broken)
    client = Client(raise_request_exception=False)
    answer = client.get(f"/companies/?q={person}", headers={"cookie": f"session={cookie}"})
    sentry_sdk.flush()
    [event] = reports.events
    told = json.dumps(event)
    for word in (person, token, cookie):
        assert word not in told
    assert event["exception"]["values"][0]["value"] == "for ***@*** at /b/***/"
    assert event["tags"]["request_id"] == answer["X-Request-ID"]
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert event.get("request", {}).keys() <= {"method"}
    assert "vars" not in told


def test_without_an_address_nothing_is_reported(settings: Any) -> None:
    assert settings.SENTRY_DSN == ""
    assert not sentry_sdk.get_client().is_active()

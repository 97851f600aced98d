"""The person's own page: kept, refused, and seen on other pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Membership, Tenant, User
from core.presentation import DIGITS, WORDS, day_html, day_text, days_written, moment_html

SENT = {
    "name": "Li Na",
    "language": "zh-hans",
    "time_zone": "Europe/Berlin",
    "date_style": "digits",
    "number_style": "comma",
    "theme": "dark",
    "density": "comfortable",
    "rows_per_page": "100",
    "start_page": "invoices:list",
}


@pytest.fixture
def person(client: Client, members: dict[str, User]) -> User:
    client.force_login(members["BILLER"])
    return members["BILLER"]


def test_everything_is_kept(client: Client, person: User) -> None:
    assert client.post(reverse("profile"), SENT)["Location"] == reverse("profile")
    kept = User.objects.get(pk=person.pk)
    assert {name: str(getattr(kept, name)) for name in SENT} == SENT
    assert kept.single_keys is False
    page = client.get(reverse("profile")).content.decode()
    assert '<html lang="zh-hans"' in page
    assert 'data-bs-theme="dark"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "fr"},
        {"time_zone": "Mars/Olympus"},
        {"rows_per_page": "1000000"},
        {"start_page": "//evil.test"},
        {"name": "x" * 121},
        {"name": "a\x00b"},
        {"theme": ""},
    ],
)
def test_what_is_not_known_is_refused(client: Client, person: User, wrong: Any) -> None:
    answer = client.post(reverse("profile"), SENT | wrong)
    assert answer.status_code == 422
    assert User.objects.get(pk=person.pk).name == ""


def test_nobody_becomes_somebody_else_by_it(client: Client, person: User) -> None:
    more = {"email": "boss@acme.test", "is_operator": "on", "is_active": "", "id": "1"}
    client.post(reverse("profile"), SENT | more)
    kept = User.objects.get(pk=person.pk)
    assert (kept.email, kept.is_operator, kept.is_active) == (person.email, False, True)


def test_the_start_page_is_where_work_begins(client: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(start_page="invoices:review")
    assert client.get(reverse("companies"))["Location"] == "/t/acme/invoices/review/"


def test_a_start_page_the_role_does_not_show_is_home(
    client: Client, person: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=person.pk).update(start_page="reports:aging")
    monkeypatch.setattr(Membership, "allows", lambda _self, name: name == "home.view")
    assert client.get(reverse("companies"))["Location"] == "/t/acme/"


def test_lists_have_the_persons_rows(client: Client, person: User, tenant: Tenant) -> None:
    User.objects.filter(pk=person.pk).update(density="comfortable", rows_per_page=100)
    look = client.get("/t/acme/invoices/").context["list"].look
    assert (look.density, look.size) == ("comfortable", 100)
    client.post("/t/acme/views/look/", {"list": "invoices", "density": "compact"})
    look = client.get("/t/acme/invoices/").context["list"].look
    assert (look.density, look.size) == ("compact", 100)


def test_days_are_written_as_the_person_likes(db: None) -> None:
    day = date(2026, 3, 2)
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert ">2 Mar 2026<" in day_html(day)
    with days_written(DIGITS):
        assert ">2026-03-02<" in day_html(day)
        assert ">2026-03-02 12:00<" in moment_html(at)
        assert day_text(day) == "2 Mar 2026"  # of documents and letters
    with days_written(WORDS):
        assert ">2 Mar 2026<" in day_html(day)
    assert ">2 Mar 2026<" in day_html(day)


def test_times_are_in_the_persons_zone(
    client: Client, members: dict[str, User], tenant: Tenant
) -> None:
    client.force_login(members["ADMIN"])
    when = datetime(2026, 3, 2, 12, tzinfo=UTC)
    User.objects.filter(pk=members["BILLER"].pk).update(last_login=when)
    assert "20:00" in client.get("/t/acme/settings/people/").content.decode()  # Shanghai
    User.objects.filter(pk=members["ADMIN"].pk).update(time_zone="Europe/Berlin")
    assert "13:00" in client.get("/t/acme/settings/people/").content.decode()
    assert timezone.get_current_timezone_name() == "UTC"

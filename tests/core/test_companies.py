"""Making and removing companies, by the operation, the command and the page."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from core import files
from core.models import AuditEntry, Membership, NumberFormat, Tenant, User
from core.models.tenant import TaxMode
from core.operations import CompanyRefused, create_company, erase_company
from core.operations.create_company import (
    BadName,
    BadSlug,
    SlugTaken,
    UnknownCountry,
    UnknownCurrency,
    UnknownLanguage,
    UnknownTimeZone,
)
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import PaymentTerm
from dunning.models import Policy
from invoices.models import TaxCode
from tests.conftest import NOON
from tests.factories import ContactFactory, CustomerFactory, InvoiceLineFactory

pytestmark = pytest.mark.django_db


def make(**changes):
    values = {"slug": "north", "name": "North Ltd", "currency": "EUR", "at": NOON, "actor": None}
    return create_company(**(values | changes))


def test_a_german_company_gets_what_is_usual_there():
    tenant = make(country="de")
    assert (tenant.country, tenant.time_zone, tenant.language) == ("DE", "Europe/Berlin", "en")
    assert tenant.tax_mode == TaxMode.DOCUMENT
    with tenant_scope(tenant.pk):
        assert [code.rate for code in TaxCode.objects.order_by("pk")] == [
            Decimal("0.19"),
            Decimal("0.07"),
            0,
            0,
        ]
        assert TaxCode.objects.get(is_default=True).rate == Decimal("0.19")
        assert PaymentTerm.objects.count() == 6
        assert PaymentTerm.objects.get(is_default=True).parts.get().days == 30
        halves = PaymentTerm.objects.order_by("pk").last().parts.order_by("position")
        assert [(part.weight, part.days) for part in halves] == [(50, 30), (50, 60)]
        assert set(NumberFormat.objects.values_list("kind", flat=True)) == {
            "invoice",
            "receipt",
            "notice",
        }
        steps = Policy.objects.get(is_active=True).steps.order_by("offset_days")
        assert [(step.offset_days, step.level, step.tone) for step in steps] == [
            (-3, 0, "BEFORE_DUE"),
            (3, 1, "FRIENDLY"),
            (14, 2, "FIRM"),
            (30, 3, "FINAL"),
        ]
        assert AuditEntry.objects.get().event == "company.created"


def test_a_chinese_company_rounds_tax_per_line_and_writes_chinese():
    tenant = make(country="CN", currency="cny")
    assert (tenant.time_zone, tenant.language, tenant.currency) == (
        "Asia/Shanghai",
        "zh-hans",
        "CNY",
    )
    assert tenant.tax_mode == TaxMode.LINE
    with tenant_scope(tenant.pk):
        assert sorted(TaxCode.objects.values_list("rate", flat=True)) == sorted(
            Decimal(rate) for rate in ("0", "0", "0.01", "0.03", "0.06", "0.09", "0.13")
        )


def test_what_is_said_wins_over_what_is_usual():
    tenant = make(country="CN", time_zone="Europe/Paris", language="en")
    assert (tenant.time_zone, tenant.language) == ("Europe/Paris", "en")


def test_an_unknown_country_gets_utc_and_a_default_tax_code():
    tenant = make()
    assert tenant.time_zone == "UTC"
    with tenant_scope(tenant.pk):
        assert TaxCode.objects.get(is_default=True).rate == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"slug": "North"}, BadSlug),
        ({"slug": "a--b"}, BadSlug),
        ({"slug": "-a"}, BadSlug),
        ({"slug": "北方"}, BadSlug),
        ({"slug": ""}, BadSlug),
        ({"slug": "a" * 51}, BadSlug),
        ({"name": "  "}, BadName),
        ({"name": "x" * 201}, BadName),
        ({"currency": "EURO"}, UnknownCurrency),
        ({"currency": "XXX"}, UnknownCurrency),
        ({"country": "UK"}, UnknownCountry),
        ({"time_zone": "Mars/Base"}, UnknownTimeZone),
        ({"time_zone": "../etc/passwd"}, UnknownTimeZone),
        ({"language": "fr"}, UnknownLanguage),
    ],
)
def test_refused_by_name_and_nothing_is_left(changes, refusal):
    with pytest.raises(refusal) as refused:
        make(**changes)
    assert isinstance(refused.value, CompanyRefused)
    assert refused.value.field in changes
    assert not Tenant.objects.exists()


def test_a_taken_slug_is_refused(tenant):
    with pytest.raises(SlugTaken):
        make(slug="acme")
    assert Tenant.objects.count() == 1


def test_the_admin_may_do_everything():
    admin = User.objects.create_user("a@north.test")
    tenant = make(admin=admin)
    assert Membership.objects.get(tenant=tenant, user=admin).allows("people.edit")


def command(*words, stdin=""):
    out = io.StringIO()
    call_command("create_company", *words, stdout=out)
    return out.getvalue()


def test_the_command_makes_an_admin_who_can_set_a_password_once(client):
    out = command("--slug=n", "--name=N", "--currency=USD", "--admin=Boss@N.test")
    assert "company n: N (USD, UTC, -, en)" in out
    boss = User.objects.get(email="boss@n.test")
    assert not boss.has_usable_password()
    assert Membership.objects.get(user=boss).roles == [Role.ADMIN]
    path = out.split(settings.SITE_URL)[1].split()[0]
    form_page = client.get(path)
    assert form_page.status_code == 302
    assert form_page["Location"].endswith("-set-password/")
    word = "correct horse battery"
    answer = client.post(form_page["Location"], {"password1": word, "password2": word})
    assert answer.status_code == 302
    boss.refresh_from_db()
    assert boss.check_password(word)
    again = Client()
    assert again.get(path).status_code == 200  # not the redirect to the form: it is used up


def test_the_command_takes_a_password_from_stdin(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a long good phrase\n"))
    out = command("--slug=n", "--name=N", "--currency=USD", "--admin=b@n.test", "--password-stdin")
    assert "set the password" not in out
    assert User.objects.get(email="b@n.test").check_password("a long good phrase")


def test_the_command_refuses_a_weak_password_and_leaves_nothing(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError) as refused:
        command("--slug=n", "--name=N", "--currency=USD", "--admin=b@n.test", "--password-stdin")
    assert refused.value.returncode == 2
    assert not User.objects.exists()
    assert not Tenant.objects.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--currency=EURO",),
        ("--currency=USD", "--slug=Big"),
        ("--currency=USD", "--country=UK"),
        ("--currency=USD", "--time-zone=Nowhere"),
        ("--currency=USD", "--language=fr"),
        ("--currency=USD", "--admin=nobody"),
        ("--currency=USD", "--password-stdin"),
    ],
)
def test_the_command_refuses_in_one_line_with_code_2(words):
    with pytest.raises(CommandError) as refused:
        command("--slug=n", "--name=N", *words)
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)
    assert not Tenant.objects.exists()


def test_the_command_never_changes_the_password_of_a_known_person(monkeypatch, members):
    monkeypatch.setattr("sys.stdin", io.StringIO("a long good phrase\n"))
    with pytest.raises(CommandError):
        command(
            "--slug=n", "--name=N", "--currency=USD", "--admin=admin@acme.test", "--password-stdin"
        )


@pytest.fixture
def full_company(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    tenant = make(admin=User.objects.create_user("a@north.test"))
    with tenant_scope(tenant.pk):
        ContactFactory()
        InvoiceLineFactory()
        files.store(content=b"x", name="x.txt", content_type="text/plain", at=NOON)
    return tenant


def test_removing_takes_everything_of_one_company_and_nothing_of_another(full_company, tenant):
    with tenant_scope(tenant.pk):
        kept = CustomerFactory()
        stored = files.store(content=b"y", name="y.txt", content_type="text/plain", at=NOON)
    folder = Path(settings.MEDIA_ROOT) / str(full_company.pk)
    assert folder.exists()
    assert erase_company(tenant=full_company) > 20
    assert not folder.exists()
    assert list(Tenant.objects.all()) == [tenant]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "duebook_app"
    with tenant_scope(tenant.pk):
        kept.refresh_from_db()
        assert files.read(stored) == b"y"
    assert User.objects.filter(email="a@north.test").exists()


def test_remove_company_wants_a_yes(tenant):
    with pytest.raises(CommandError):
        call_command("remove_company", slug="acme")
    with pytest.raises(CommandError):
        call_command("remove_company", slug="nobody", yes=True)
    assert Tenant.objects.exists()
    call_command("remove_company", slug="acme", yes=True, stdout=io.StringIO())
    assert not Tenant.objects.exists()


# Pages


def test_the_root_leads_to_sign_in_or_to_the_companies(client, members):
    assert client.get("/")["Location"] == "/accounts/login/"
    client.force_login(members["BILLER"])
    assert client.get("/")["Location"] == "/companies/"


def test_who_has_one_company_goes_there(client, members, other_tenant):
    client.force_login(members["BILLER"])
    answer = client.get("/companies/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/t/acme/")
    page = client.get("/companies/?all=1").content.decode()
    assert "Acme" in page
    assert "Biller" in page
    assert "Rival" not in page
    Membership.objects.create(tenant=other_tenant, user=members["BILLER"], roles=["AUDITOR"])
    assert "Rival" in client.get("/companies/").content.decode()


def test_a_suspended_company_is_shown_without_a_way_in(client, members, tenant):
    Tenant.objects.filter(pk=tenant.pk).update(status="SUSPENDED")
    client.force_login(members["BILLER"])
    page = client.get("/companies/").content.decode()
    assert "Suspended" in page
    assert "/t/acme/" not in page


def test_the_companies_page_shows_the_open_work_of_each(client, members, monkeypatch):
    from core import nav  # noqa: PLC0415 - next to its use

    with tenant_scope(members["BILLER"].memberships.get().tenant_id):
        AuditEntry.objects.bulk_create(
            AuditEntry(event=event, subject="s", happened_at=NOON)
            for event in ["settings"] * 7 + ["jobs"] * 5
        )
    counters = {
        "settings": lambda: AuditEntry.objects.filter(event="settings"),
        "jobs": lambda: AuditEntry.objects.filter(event="jobs"),
    }
    monkeypatch.setattr(nav, "_COUNTERS", counters)
    client.force_login(members["BILLER"])
    (choice,) = client.get("/companies/?all=1").context["choices"]
    assert choice.work == 5  # a biller does not see the settings, so their work is not theirs
    client.force_login(members["ADMIN"])
    (choice,) = client.get("/companies/?all=1").context["choices"]
    assert choice.work == 12


NEW = {"name": "North Ltd", "slug": "", "country": "DE", "currency": "EUR"}


def test_a_signed_in_person_makes_a_company_and_is_its_admin(client, members):
    assert client.post("/companies/new/", NEW)["Location"].startswith("/accounts/login/")
    client.force_login(members["BILLER"])
    assert client.get("/companies/new/").status_code == 200
    answer = client.post("/companies/new/", NEW)
    assert answer["Location"] == "/t/north-ltd/settings/"
    assert client.get(answer["Location"]).status_code == 200
    tenant = Tenant.objects.get(slug="north-ltd")
    assert tenant.time_zone == "Europe/Berlin"
    assert Membership.objects.get(tenant=tenant).roles == [Role.ADMIN]
    assert not Membership.objects.get(tenant__slug="acme", user=members["BILLER"]).allows(
        "people.edit"
    )


def test_where_nobody_signs_up_only_operators_make_companies(client, members, settings):
    settings.SIGN_UP_OPEN = False
    person = User.objects.create_user("new@acme.test")
    client.force_login(person)
    assert "/companies/new/" not in client.get("/companies/").content.decode()
    assert client.get("/companies/new/").status_code == 404
    assert client.post("/companies/new/", NEW).status_code == 404
    assert Tenant.objects.count() == 2
    User.objects.filter(pk=person.pk).update(is_operator=True)
    assert "/companies/new/" in client.get("/companies/").content.decode()
    assert client.post("/companies/new/", NEW).status_code == 302


def test_one_person_makes_so_many_in_an_hour(client, members, monkeypatch):
    cache.clear()
    monkeypatch.setattr("core.pages.companies.MOST_AN_HOUR", 1)
    client.force_login(members["BILLER"])
    assert client.post("/companies/new/", NEW).status_code == 302
    answer = client.post("/companies/new/", NEW | {"name": "South Ltd"})
    assert answer.status_code == 422
    assert "Too many tries" in answer.content.decode()
    assert not Tenant.objects.filter(name="South Ltd").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "acme"}, "slug"),
        ({"slug": "A b"}, "slug"),
        ({"name": "北方", "slug": ""}, "slug"),
        ({"currency": "EURO"}, "currency"),
        ({"country": ""}, "country"),
        ({"name": ""}, "name"),
    ],
)
def test_a_company_that_cannot_be_is_refused_at_the_field(client, members, changes, field):
    client.force_login(members["BILLER"])
    answer = client.post("/companies/new/", NEW | changes)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert Tenant.objects.count() == 2

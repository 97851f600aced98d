"""Doors: two companies in two tabs, guessed passwords, forged headers, people who left."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from core.hashers import Argon2Hasher
from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from tests.api.conftest import Program, make_key
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"
TOO_MANY = "Too many tries"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> None:
    cache.clear()


@pytest.fixture
def person(tenant: Tenant) -> User:
    user = User.objects.create_user("lina@acme.test", PASSWORD, name="Li Na")
    Membership.objects.create(tenant=tenant, user=user, roles=["ADMIN"])
    return user


def try_in(client: Client, email: str, password: str = WRONG, **extra: Any) -> str:
    answer = client.post(LOGIN, {"login": email, "password": password}, **extra)
    return answer.content.decode()


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


class TestTwoTabs:
    """One session, a company in each tab: the address alone says which one is meant."""

    @pytest.fixture
    def client(self, person: User, other_tenant: Tenant) -> Client:
        Membership.objects.create(tenant=other_tenant, user=person, roles=["ADMIN"])
        client = Client()
        client.force_login(person)
        return client

    def test_a_form_reaches_the_company_of_its_address(
        self, client: Client, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        with tenant_scope(tenant.pk):
            first = CustomerFactory(name="First")
        with tenant_scope(other_tenant.pk):
            second = CustomerFactory(name="Second")
        for url in ("/t/acme/customers/", "/t/rival/customers/"):
            assert client.get(url).status_code == 200
        # The last page that was looked at is rival's; the form of the other tab is still acme's.
        assert client.post(f"/t/acme/customers/{first.pk}/hold/", {"reason": "x"}).status_code < 400
        for wrong in (f"/t/acme/customers/{second.pk}", f"/t/rival/customers/{first.pk}"):
            assert client.post(f"{wrong}/hold/", {"reason": "x"}).status_code == 404
            assert client.get(f"{wrong}/").status_code == 404
        for one, status in ((tenant, "ON_HOLD"), (other_tenant, "ACTIVE")):
            with tenant_scope(one.pk):
                assert Customer.objects.get().status == status

    def test_a_form_moved_to_the_other_company_finds_nothing_of_the_first(
        self, client: Client, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        with tenant_scope(tenant.pk):
            customer = CustomerFactory(name="First")
        fields = {"customer": customer.pk, "description": "x", "service_date": "2026-03-01"}
        answer = client.post("/t/rival/invoices/charges/new/", fields | {"unit_price": "1"})
        assert answer.status_code == 422
        assert "First" not in answer.content.decode()

    def test_a_key_is_good_for_its_own_company_alone(
        self, person: User, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        Membership.objects.create(tenant=other_tenant, user=person, roles=["ADMIN"])
        with tenant_scope(other_tenant.pk):
            foreign = CustomerFactory()
        program = Program(make_key(tenant, person))
        program.get(f"customers/cus_{foreign.pk}/", status=404)
        assert program.get("customers/").json()["results"] == []


class TestGuessing:
    @pytest.fixture(autouse=True)
    def _quick_hashes(self, settings: Any) -> None:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    def test_one_account_from_many_addresses(self, person: User) -> None:
        for number in range(5):
            assert TOO_MANY not in try_in(
                Client(), person.email, REMOTE_ADDR=f"198.51.100.{number}"
            )
        assert TOO_MANY in try_in(Client(), person.email, PASSWORD, REMOTE_ADDR="198.51.100.9")
        assert TOO_MANY in try_in(Client(), person.email.upper(), REMOTE_ADDR="198.51.100.10")

    def test_many_accounts_from_one_address(self, person: User) -> None:
        for number in range(10):
            assert TOO_MANY not in try_in(Client(), f"nobody{number}@acme.test")
        assert TOO_MANY in try_in(Client(), "nobody11@acme.test")
        assert TOO_MANY in try_in(Client(), person.email, PASSWORD)
        client = Client()
        try_in(client, person.email, PASSWORD, REMOTE_ADDR="203.0.113.9")
        assert is_in(client), "others are not held up"

    def test_a_forged_address_is_counted_as_the_real_one(self, person: User) -> None:
        said = [
            try_in(
                Client(),
                f"nobody{number}@acme.test",
                headers={"x-forwarded-for": f"198.51.100.{number}", "x-real-ip": "1.2.3.4"},
            )
            for number in range(11)
        ]
        assert TOO_MANY in said[-1]

    def test_many_accounts_from_many_addresses(
        self, person: User, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limits = settings.ACCOUNT_RATE_LIMITS | {"login_failed_everywhere": "20/m/key"}
        settings.ACCOUNT_RATE_LIMITS = limits
        hashed = []
        monkeypatch.setattr(
            "django.contrib.auth.hashers.MD5PasswordHasher.encode",
            lambda *_a, **_k: hashed.append(1) or "md5$x$y",
        )
        said = [
            try_in(Client(), f"nobody{number}@acme.test", REMOTE_ADDR=f"10.0.{number}.1")
            for number in range(30)
        ]
        assert [TOO_MANY in one for one in said] == [False] * 20 + [True] * 10
        assert len(hashed) == 20, "what is refused costs no hash"

    def test_nobody_is_shut_out_of_a_browser_they_signed_in_from(
        self, person: User, settings: Any
    ) -> None:
        limits = settings.ACCOUNT_RATE_LIMITS | {"login_failed_everywhere": "6/m/key"}
        settings.ACCOUNT_RATE_LIMITS = limits
        known, other = Client(), Client()
        try_in(known, person.email, PASSWORD)
        assert is_in(known)
        known.post(reverse("account_logout"))
        for number in range(8):
            try_in(Client(), person.email, REMOTE_ADDR=f"198.51.100.{number}")
        assert TOO_MANY in try_in(other, person.email, PASSWORD, REMOTE_ADDR="203.0.113.1")
        try_in(known, person.email, PASSWORD, REMOTE_ADDR="203.0.113.2")
        assert is_in(known)

    def test_what_such_a_browser_tries_is_counted_too(self, person: User) -> None:
        other = User.objects.create_user("other@acme.test", PASSWORD)
        known = Client()
        try_in(known, person.email, PASSWORD)
        known.post(reverse("account_logout"))
        cookie = known.cookies["browser"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert person.email not in cookie.value
        for number in range(5):
            try_in(known, person.email, REMOTE_ADDR=f"198.51.100.{number}")
        assert TOO_MANY in try_in(known, person.email, PASSWORD, REMOTE_ADDR="198.51.100.9")
        # It is known for that account alone, and a forged one for none.
        for number in range(5):
            try_in(Client(), other.email, REMOTE_ADDR=f"198.51.100.2{number}")
        assert TOO_MANY in try_in(known, other.email, PASSWORD, REMOTE_ADDR="198.51.100.30")
        forged = Client()
        forged.cookies["browser"] = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")
        assert TOO_MANY in try_in(forged, other.email, PASSWORD, REMOTE_ADDR="198.51.100.31")

    def test_confirming_who_one_is_is_counted_by_person(self, person: User) -> None:
        other = User.objects.create_user("other@acme.test", PASSWORD)
        clients = []
        for one in (person, other):
            client = Client()
            client.force_login(one)
            clients.append(client)
        url = reverse("account_reauthenticate")
        for number in range(6):
            clients[0].post(url, {"password": WRONG}, REMOTE_ADDR=f"198.51.100.{number}")
        refused = clients[0].post(url, {"password": PASSWORD}, REMOTE_ADDR="203.0.113.1")
        assert refused.status_code != 302
        fine = clients[1].post(url, {"password": PASSWORD}, REMOTE_ADDR="203.0.113.2")
        assert fine.status_code == 302


@pytest.mark.slow
def test_every_refusal_takes_the_same_time(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a tenth: the least of many tries, each kind in turn, so that load hits all alike."""
    monkeypatch.setattr(Argon2Hasher, "memory_cost", 47_104)  # as it is; other tests hash quicker
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    User.objects.create_user("off@acme.test", PASSWORD, is_active=False)
    User.objects.create_user("new@acme.test")
    tries = {
        "wrong": (person.email, WRONG),
        "unknown": ("nobody@acme.test", WRONG),
        "left": ("off@acme.test", PASSWORD),
        "new": ("new@acme.test", WRONG),
    }
    times: dict[str, list[float]] = {name: [] for name in tries}
    for _round in range(40):
        for name, (email, password) in tries.items():
            cache.clear()
            client = Client()
            begun = time.perf_counter()
            try_in(client, email, password)
            times[name].append(time.perf_counter() - begun)
    quickest = {name: statistics.mean(sorted(one)[:5]) for name, one in times.items()}
    assert max(quickest.values()) <= 1.1 * min(quickest.values()), quickest


class TestForgedHeaders:
    def test_a_forwarded_scheme_or_host_is_not_believed(self, client: Client, db: None) -> None:
        forged = {
            "x-forwarded-proto": "https",
            "x-forwarded-host": "evil.test",
            "x-forwarded-port": "444",
            "forwarded": "host=evil.test;proto=https",
            "x-original-url": "/platform/",
            "x-rewrite-url": "/platform/",
        }
        answer = client.get(LOGIN, headers=forged)
        assert answer.status_code == 200
        assert "evil.test" not in answer.content.decode()
        assert answer.wsgi_request.get_host() == "testserver"
        assert not answer.wsgi_request.is_secure()

    @pytest.mark.parametrize("path", [LOGIN, "/t/acme/", "/b/x/", "/api/v1/customers/", "/"])
    def test_another_host_is_refused_everywhere(
        self, client: Client, settings: Any, db: None, path: str
    ) -> None:
        settings.ALLOWED_HOSTS = ["bills.test"]
        for host in ("evil.test", "bills.test.evil.test", "bills.test@evil.test", "bills.test:x"):
            answer = client.get(path, headers={"host": host})
            assert answer.status_code in {400, 401}, (path, host)
            assert "evil.test" not in answer.content.decode()
            assert "evil.test" not in answer.headers.get("Location", "")


class TestLeft:
    def test_session_key_and_list_of_keys(self, tenant: Tenant, members: dict[str, User]) -> None:
        leaver = members[Role.BILLER]
        client = Client()
        client.force_login(leaver)
        program = Program(make_key(tenant, leaver))
        assert client.get("/t/acme/invoices/").status_code == 200
        program.get("invoices/")
        Membership.objects.filter(user=leaver).update(is_active=False)
        assert client.get("/t/acme/invoices/").status_code == 404
        assert program.get("invoices/", status=401).json()["code"] == "key_orphaned"
        boss = Client()
        boss.force_login(members[Role.ADMIN])
        listed = boss.get("/t/acme/settings/api-keys/").content.decode()
        assert "Its person has left" in listed
        assert leaver.email in listed

    def test_a_suspended_companys_pages_tell_and_do_nothing(
        self, tenant: Tenant, members: dict[str, User]
    ) -> None:
        client = Client()
        client.force_login(members[Role.ADMIN])
        Tenant.objects.filter(pk=tenant.pk).update(status="SUSPENDED")
        answer = client.post("/t/acme/customers/new/", {"name": "X", "once": "x"})
        assert answer.status_code == 403
        with tenant_scope(tenant.pk):
            assert not Customer.objects.exists()

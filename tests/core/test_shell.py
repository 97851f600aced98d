"""The frame of every page: navigation, preferences, sign-in and error pages."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.http import HttpRequest
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import path, reverse

from core import nav
from core.models import Membership, Tenant, User
from core.models.tenant import TenantStatus
from core.nav import Entry, count_work, creation_menu, navigation
from customers.models import Customer
from tests.factories import CustomerFactory

PASSWORD = "correct horse battery"
INLINE = re.compile(r"<style|<script(?![^>]*src=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def request_of(tenant: Tenant, url: str, *roles: str) -> HttpRequest:
    request = RequestFactory().get(url)
    request.tenant = tenant  # type: ignore[attr-defined]
    request.membership = Membership(tenant=tenant, roles=list(roles))  # type: ignore[attr-defined]
    return request


ENTRIES = (
    Entry("Root", "root", "home.view", "home"),
    Entry(
        "Parent", "parent", "invoices.view", "file",
        (Entry("Child", "child", "invoices.approve"), Entry("Lost", "lost", "home.view")),
    ),
    Entry("Group", "", "", "send", (Entry("Only", "only", "audit.view"),)),
)  # fmt: skip
urlpatterns = [
    path("t/<slug:s>/", lambda _request: None, name="root"),
    path("t/<slug:s>/p/", lambda _request: None, name="parent"),
    path("t/<slug:s>/p/c/", lambda _request: None, name="child"),
    path("t/<slug:s>/o/", lambda _request: None, name="only"),
]


@pytest.mark.urls(__name__)
class TestNavigation:
    @pytest.fixture(autouse=True)
    def _entries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(nav, "ENTRIES", ENTRIES)

    def labels(self, *roles: str) -> Any:
        items = navigation(request_of(Tenant(slug="a"), "/t/a/", *roles))
        return [(item.label, item.url, [child.label for child in item.children]) for item in items]

    def test_only_what_exists_and_is_allowed(self) -> None:
        assert self.labels("APPROVER") == [("Root", "/t/a/", []), ("Parent", "/t/a/p/", ["Child"])]
        assert self.labels("BILLER") == [("Root", "/t/a/", []), ("Parent", "/t/a/p/", [])]

    def test_a_group_leads_to_its_first_page_or_is_left_out(self) -> None:
        assert self.labels("AUDITOR")[2] == ("Group", "/t/a/o/", ["Only"])

    @pytest.mark.parametrize(
        ("url", "active"),
        [
            ("/t/a/", ["Root"]),
            ("/t/a/p/", ["Parent"]),
            ("/t/a/p/7/edit/", ["Parent"]),
            ("/t/a/p/c/", ["Child"]),
            ("/t/a/o/9/", ["Only"]),
            ("/t/a/elsewhere/", []),
        ],
    )
    def test_the_nearest_entry_is_marked(self, url: str, active: list[str]) -> None:
        items = navigation(request_of(Tenant(slug="a"), url, "ADMIN"))
        every = [one for item in items for one in (item, *item.children)]
        assert [item.label for item in every if item.is_active] == active

    def test_counts_only_inside_the_company(
        self, monkeypatch: pytest.MonkeyPatch, in_tenant: Tenant, django_assert_num_queries: Any
    ) -> None:
        monkeypatch.setattr(nav, "_COUNTERS", {})
        CustomerFactory.create_batch(2)
        count_work("child")(lambda: Customer.objects.order_by("name"))
        count_work("only")(lambda: Customer.objects.filter(name=""))
        with django_assert_num_queries(1):
            items = navigation(request_of(in_tenant, "/t/a/", "ADMIN"))
        assert items[1].children[0].count == 2
        assert items[2].children[0].count == 0

    def test_counts_nothing_outside(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(nav, "_COUNTERS", {"child": Customer.objects.all})
        items = navigation(request_of(Tenant(slug="a"), "/t/a/", "ADMIN"))
        assert items[1].children[0].count == 0

    def test_nothing_outside_a_company(self) -> None:
        assert navigation(RequestFactory().get("/")) == []
        assert creation_menu(RequestFactory().get("/")) == []


class TestPreferences:
    @pytest.fixture
    def url(self) -> str:
        return reverse("set_language_theme")

    def test_are_kept_on_the_person(
        self, client: Client, members: dict[str, User], url: str
    ) -> None:
        client.force_login(members["BILLER"])
        answer = client.post(url, {"language": "zh-hans", "theme": "dark", "next": "/t/acme/"})
        assert answer["Location"] == "/t/acme/"
        person = User.objects.get(pk=members["BILLER"].pk)
        assert (person.language, person.theme) == ("zh-hans", "dark")
        assert User.objects.get(pk=members["CASHIER"].pk).theme == "auto"

    def test_are_kept_in_a_cookie_before_signing_in(
        self, client: Client, db: None, url: str
    ) -> None:
        client.post(url, {"language": "zh-hans", "theme": "dark"})
        page = client.get(reverse("account_login")).content.decode()
        assert '<html lang="zh-hans"' in page
        assert 'data-bs-theme="dark"' in page

    @pytest.mark.parametrize("value", ["fr", "../../etc", "\x00", "", "DARK"])
    def test_take_known_values_only(
        self, client: Client, members: dict[str, User], url: str, value: str
    ) -> None:
        client.force_login(members["BILLER"])
        answer = client.post(url, {"language": value, "theme": value, "nav": value})
        assert answer.status_code == 302
        assert not answer.cookies
        person = User.objects.get(pk=members["BILLER"].pk)
        assert (person.language, person.theme) == ("en", "auto")

    @pytest.mark.parametrize(
        "target", ["https://evil.test/", "//evil.test", "javascript:x", "/\x00"]
    )
    def test_lead_back_to_our_own_pages_only(
        self, client: Client, db: None, url: str, target: str
    ) -> None:
        assert client.post(url, {"theme": "dark", "next": target})["Location"] == "/"

    def test_change_nothing_by_a_link(self, client: Client, db: None, url: str) -> None:
        assert client.get(f"{url}?theme=dark").status_code == 405


def by_language(client: Client, name: str) -> None:
    client.post(reverse("set_language_theme"), {"language": name})


class TestSignIn:
    @pytest.fixture
    def person(self, tenant: Tenant) -> User:
        user = User.objects.create_user("lina@acme.test", PASSWORD, name="Li Na")
        Membership.objects.create(tenant=tenant, user=user, roles=["ADMIN"])
        return user

    @pytest.mark.parametrize(
        "name",
        [
            "account_login",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key_done",
        ],
    )
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_pages_of_strangers(self, client: Client, db: None, name: str, language: str) -> None:
        by_language(client, language)
        page = client.get(reverse(name))
        text = page.content.decode()
        assert page.status_code == 200
        assert f'<html lang="{language}"' in text
        assert text.count("<h1") == 1
        assert not INLINE.search(text)

    @pytest.mark.parametrize("name", ["account_change_password", "account_logout"])
    def test_pages_of_people(self, client: Client, person: User, name: str) -> None:
        client.force_login(person)
        page = client.get(reverse(name))
        assert page.status_code == 200
        assert not INLINE.search(page.content.decode())

    def test_signing_in_and_out(self, client: Client, person: User) -> None:
        url = reverse("account_login")
        wrong = client.post(url, {"login": "LINA@acme.test", "password": "x"})
        assert 'role="alert"' in wrong.content.decode()
        assert 'value="LINA@acme.test"' in wrong.content.decode()
        right = client.post(
            f"{url}?next=/t/acme/", {"login": "LINA@acme.test", "password": PASSWORD}
        )
        assert right["Location"] == "/t/acme/"
        assert client.session["_auth_user_id"] == str(person.pk)
        assert client.post(reverse("account_logout"))["Location"] == url
        assert "_auth_user_id" not in client.session

    def test_a_forgotten_password(
        self, client: Client, person: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        url = reverse("account_reset_password")
        with django_capture_on_commit_callbacks(execute=True):
            client.post(url, {"email": "lina@acme.test"})
        link = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[0].body))
        assert link
        page = client.get(link[1], follow=True)
        assert "Choose a new password" in page.content.decode()
        action = page.redirect_chain[-1][0]
        data = {"password1": "another horse battery", "password2": "another horse battery"}
        assert client.post(action, data).status_code == 302
        person.refresh_from_db()
        assert person.check_password("another horse battery")
        assert "no longer valid" in client.get(link[1], follow=True).content.decode()

    def test_a_stranger_learns_nothing_of_who_is_known(self, client: Client, person: User) -> None:
        url = reverse("account_reset_password")
        answers = [client.post(url, {"email": mail}) for mail in ("lina@acme.test", "no@acme.test")]
        assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1


class TestErrorPages:
    @pytest.mark.parametrize("name", ["400", "403", "404", "500", "403_csrf", "core/suspended"])
    def test_need_neither_company_nor_request_nor_database(self, name: str) -> None:
        template = get_template(f"{name}.html")
        for page in (template.render(), template.render({}, RequestFactory().get("/"))):
            assert page.count("<h1") == 1
            assert not INLINE.search(page)

    def test_a_missing_page(self, client: Client, members: dict[str, User]) -> None:
        client.force_login(members["BILLER"])
        page = client.get("/t/rival/nothing/")
        assert page.status_code == 404
        assert "There is nothing here" in page.content.decode()

    def test_what_the_role_does_not_include(self, client: Client, members: dict[str, User]) -> None:
        client.force_login(members["BILLER"])
        page = client.get(reverse("settings", args=["acme"]))
        assert page.status_code == 403
        assert "You may not do this" in page.content.decode()

    def test_a_suspended_company(
        self, client: Client, members: dict[str, User], tenant: Tenant
    ) -> None:
        Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.SUSPENDED)
        client.force_login(members["ADMIN"])
        page = client.get(reverse("settings", args=["acme"]))
        assert page.status_code == 403
        assert "This company is suspended" in page.content.decode()

    def test_a_form_without_its_token(self, db: None) -> None:
        page = Client(enforce_csrf_checks=True).post(reverse("account_login"), {})
        assert page.status_code == 403
        assert "This form is out of date" in page.content.decode()

    def test_a_fault_of_ours(
        self, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_args: Any, **_kwargs: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr("core.pages.preferences.safe_next", fail)
        client.raise_request_exception = False
        page = client.post(reverse("set_language_theme"), {})
        assert page.status_code == 500
        assert re.search(r"<code>[0-9a-f]{32}</code>", page.content.decode())


def test_forms_leave_judging_what_was_typed_to_the_server() -> None:
    """The browser's own bubbles speak its language and hide the sentences of the server."""
    lacking = [
        str(page.relative_to(settings.BASE_DIR))
        for page in (settings.BASE_DIR / "templates").rglob("*.html")
        for form in re.findall(r"<form\b.*?</form>", page.read_text(), re.DOTALL)
        if re.search(r"as_crispy_field|parts/field.html|card_fields.html", form)
        and not re.match(r"<form[^>]*\snovalidate", form)
    ]
    assert not lacking

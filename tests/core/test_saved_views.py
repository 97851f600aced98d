"""Saved views, shared ones, tabs with counts, the choice of columns; and who may do what."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry, ListPreference, Membership, SavedView, Tenant, User
from core.operations import saved_views as operations
from core.tenancy import tenant_scope
from tests.conftest import NOON
from tests.core.test_lists import URL, codes, exported, make

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.list_site")]
VIEWS = "/t/acme/views/"


@pytest.fixture
def many(tenant: Tenant) -> Tenant:
    with tenant_scope(tenant.pk):
        make(60)
    return tenant


@pytest.fixture
def as_(members: dict[str, User]) -> Any:
    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(members[role])
        return client

    return sign_in


def save(client: Client, name: str = "Mine", **fields: Any) -> Any:
    data = {"list": "demo", "name": name, "query": "currency=EUR&sort=-name", "next": URL}
    return client.post(f"{VIEWS}new/", data | fields)


def view_in(tenant: Tenant, owner: User, **fields: Any) -> SavedView:
    given: dict[str, Any] = {"name": "Theirs", "query": "currency=EUR", "is_shared": True}
    given |= {"columns": [], "density": "", "list_key": "demo"}
    with tenant_scope(tenant.pk):
        return operations.save_view(**(given | fields), at=NOON, actor=owner)


def shown_columns(response: Any) -> list[str]:
    head = response.content.decode().split("<thead")[1].split("</thead>")[0]
    return re.findall(
        r'<th scope="col" role="columnheader" class="(?:text-end)?"[^>]*>.*?([\w ]+)<', head
    )


def test_a_view_keeps_filters_order_columns_and_density(as_: Any, many: Tenant) -> None:
    client = as_("BILLER")
    answer = save(
        client, columns="code,credit_limit", density="comfortable", query="sort=-name&currency=EUR"
    )
    page = client.get(answer.headers["Location"])
    plain = client.get(f"{URL}?currency=EUR&sort=-name")
    assert codes(page) == codes(plain) != []
    assert shown_columns(page) == ["Code", "Credit limit"]
    assert 'data-density="comfortable"' in page.content.decode()
    tab = re.search(r'class="view-tab is-active"[^>]*>.*?</a>', page.content.decode())
    assert tab is not None
    assert "Mine" in tab[0]
    header, *rows = exported(client.get(f"{answer.headers['Location']}&export=csv"))
    assert header == ["Code", "Credit limit", "Currency"]
    assert [row[0] for row in rows] == codes(plain)


def test_what_is_added_to_a_view_counts_more_and_can_become_the_view(
    as_: Any, many: Tenant
) -> None:
    client = as_("BILLER")
    url = save(client).headers["Location"]
    assert "Update view" not in client.get(url).content.decode()
    page = client.get(f"{url}&currency=JPY")
    assert codes(page) == codes(client.get(f"{URL}?currency=JPY&sort=-name"))
    text = page.content.decode()
    assert "Update view" in text
    with tenant_scope(many.pk):
        pk = SavedView.objects.get().pk
    assert f"saved={pk}" in text  # its links lead on from the view
    client.post(f"{VIEWS}{pk}/renew/", {"query": "currency=JPY&saved=9&after=x", "next": URL})
    with tenant_scope(many.pk):
        assert SavedView.objects.get().query == "currency=JPY"
        events = AuditEntry.objects.filter(event__startswith="view.").order_by("pk")
        assert [entry.event for entry in events] == ["view.saved", "view.changed"]
        assert events[1].changes["query"] == ["currency=EUR&sort=-name", "currency=JPY"]


def test_choosing_columns_drops_no_filter(as_: Any, many: Tenant) -> None:
    client = as_("BILLER")
    here = f"{URL}?q=customer&currency=EUR&sort=-name"
    data = {"list": "demo", "next": here, "has_columns": "1", "density": "comfortable"}
    answer = client.post(f"{VIEWS}look/", data | {"columns": ["code", "status"]})
    assert answer.headers["Location"] == here
    page = client.get(here)
    assert shown_columns(page) == ["Code", "Status"]
    assert 'data-density="comfortable"' in page.content.decode()
    assert shown_columns(as_("CASHIER").get(here))[1] == "Name"  # each person's own
    answer = client.post(f"{VIEWS}look/", data | {"columns": ["code"], "reset": "1"})
    assert len(shown_columns(client.get(here))) == 7


def test_columns_that_cannot_be_are_left_out(as_: Any, many: Tenant) -> None:
    client = as_("BILLER")
    data = {"list": "demo", "next": URL, "has_columns": "1"}
    client.post(f"{VIEWS}look/", data | {"columns": ["code\x00", "", "a b", "status"]})
    assert shown_columns(client.get(URL)) == ["Code", "Status"]
    save(client)
    with tenant_scope(many.pk):
        view = SavedView.objects.get()
    bad = {"columns": "code,\x00,name", "query": "currency=EUR\x00&sort=name"}
    assert client.post(f"{VIEWS}{view.pk}/renew/", bad).status_code == 302
    with tenant_scope(many.pk):
        assert SavedView.objects.get().columns == ["code", "name"]


def test_on_a_saved_view_the_choice_of_columns_stands_in_the_address(
    as_: Any, many: Tenant
) -> None:
    client = as_("BILLER")
    url = save(client).headers["Location"]
    data = {"list": "demo", "next": url, "has_columns": "1", "columns": ["name"]}
    answer = client.post(f"{VIEWS}look/", data)
    assert answer.headers["Location"] == f"{url}&cols=name"
    page = client.get(answer.headers["Location"])
    assert shown_columns(page) == ["Code", "Name"]  # the first one, with the link, always is
    assert codes(page) == codes(client.get(url))
    with tenant_scope(many.pk):
        assert not ListPreference.objects.exists()


def test_a_private_view_is_its_owners_alone(as_: Any, many: Tenant) -> None:
    url = save(as_("BILLER")).headers["Location"]
    other = as_("MANAGER")
    text = other.get(url).content.decode()
    assert "Mine" not in text
    assert "not there any more" in text
    assert "60 results" in text
    with tenant_scope(many.pk):
        pk = SavedView.objects.get().pk
    for path in ("", "renew/", "delete/"):
        assert other.post(f"{VIEWS}{pk}/{path}").status_code == 404


def test_a_shared_view_is_everybodys_tab(as_: Any, many: Tenant) -> None:
    url = save(as_("MANAGER"), is_shared="on").headers["Location"]
    client = as_("AUDITOR")
    assert "Mine" in client.get(URL).content.decode()
    assert len(codes(client.get(url))) == 20
    with tenant_scope(many.pk):
        pk = SavedView.objects.get().pk
    assert "shares this view" in client.get(f"{VIEWS}{pk}/").content.decode()
    assert client.post(f"{VIEWS}{pk}/", {"name": "x"}).status_code == 403
    assert client.post(f"{VIEWS}{pk}/delete/").status_code == 403
    admin = as_("ADMIN")
    admin.post(f"{VIEWS}{pk}/", {"name": "Ours", "is_shared": "on", "next": url})
    assert "Ours" in client.get(URL).content.decode()
    admin.post(f"{VIEWS}{pk}/delete/", {"next": url})
    assert "Ours" not in client.get(URL).content.decode()


def test_sharing_takes_a_permission(as_: Any, many: Tenant) -> None:
    client = as_("BILLER")
    assert save(client, is_shared="on").status_code == 403
    with tenant_scope(many.pk):
        assert not SavedView.objects.exists()
    save(client)
    with tenant_scope(many.pk):
        pk = SavedView.objects.get().pk
    assert client.post(f"{VIEWS}{pk}/", {"name": "M", "is_shared": "on"}).status_code == 403
    assert client.post(f"{VIEWS}{pk}/", {"name": "M"}).status_code == 302
    with tenant_scope(many.pk):
        found = SavedView.objects.get()
    assert (found.name, found.is_shared) == ("M", False)


def test_a_shared_view_of_another_company_is_not_there(
    as_: Any, many: Tenant, other_tenant: Tenant, members: dict[str, User]
) -> None:
    theirs = view_in(other_tenant, members["STRANGER"])
    Membership.objects.create(tenant=many, user=members["STRANGER"], roles=["ADMIN"])
    for client in (as_("ADMIN"), as_("STRANGER")):  # even for somebody of both companies
        text = client.get(f"{URL}?view=saved-{theirs.pk}").content.decode()
        assert "Theirs" not in text
        assert "60 results" in text
        assert client.get(f"{VIEWS}{theirs.pk}/").status_code == 404
        assert client.post(f"{VIEWS}{theirs.pk}/delete/").status_code == 404
        assert "Theirs" not in client.get(VIEWS).content.decode()
    with tenant_scope(other_tenant.pk):
        assert SavedView.objects.count() == 1


def test_names_are_taken_once_and_views_are_limited(
    as_: Any, many: Tenant, members: dict[str, User]
) -> None:
    client = as_("BILLER")
    save(client)
    again = save(client)
    assert again.status_code == 422
    assert "There is a view of this name already." in again.content.decode()
    assert 'value="currency=EUR&amp;sort=-name"' in again.content.decode()
    assert save(as_("CASHIER")).status_code == 302
    assert save(client, name="").status_code == 422
    assert save(client, name="x" * 61).status_code == 422
    assert save(client, name="Long", query="q=" + "x" * 3000).status_code == 422
    assert save(client, list="nothing").status_code == 404
    for n in range(19):
        assert save(client, name=f"n{n}").status_code == 302
    assert "20 views" in save(client, name="one more").content.decode()
    assert client.get(URL).status_code == 200


def test_a_view_is_opened_however_many_others_share(
    as_: Any, many: Tenant, members: dict[str, User]
) -> None:
    client = as_("BILLER")
    for role in ("ADMIN", "CASHIER"):
        for n in range(16):
            view_in(many, members[role], name=f"A{n}")
    last = view_in(many, members["ADMIN"], name="Zzz")
    url = save(client, name="Zz").headers["Location"]
    page = client.get(url)
    assert codes(page) == codes(client.get(f"{URL}?currency=EUR&sort=-name"))
    assert page.context["list"].opened.views[0].name == "Zz", "one's own come first"
    shared = client.get(f"{URL}?view=saved-{last.pk}")
    assert shared.context["list"].saved == last
    assert "not there any more" not in shared.content.decode()
    assert "Zzz" in shared.content.decode()


def test_a_view_of_hostile_words_is_shown_as_text(as_: Any, many: Tenant) -> None:
    name = '<script>alert(1)</script>"'
    answer = save(
        as_("BILLER"), name=name, query="q=%22%3E%3Cscript%3E&view=saved-1&export=csv&%00=1"
    )
    text = as_("BILLER").get(answer.headers["Location"]).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    with tenant_scope(many.pk):
        assert "export" not in SavedView.objects.get().query


def test_nobody_is_led_away_from_the_site(as_: Any, many: Tenant) -> None:
    answer = save(as_("BILLER"), next="https://evil.test/x")
    assert answer.headers["Location"].startswith(f"{VIEWS}?view=saved-")
    data = {"list": "demo", "size": "100", "next": "//evil.test"}
    assert as_("BILLER").post(f"{VIEWS}look/", data).headers["Location"] == VIEWS


def test_tabs_count_what_they_show(as_: Any, many: Tenant) -> None:
    client = as_("BILLER")
    url = save(client).headers["Location"]
    tabs = client.get(f"{URL}?tabs=1&q=C000").context["tabs"]
    assert [(tab.label, tab.count) for tab in tabs] == [("Mine", "20")]
    assert len(codes(client.get(url))) == 20


def test_views_cost_a_list_two_statements_however_many_there_are(
    as_: Any, many: Tenant, members: dict[str, User]
) -> None:
    client, counts = as_("BILLER"), []
    for n in range(3):
        if n:
            for m in range(n * 3):
                view_in(many, members["BILLER"], name=f"{n} {m}")
        with CaptureQueriesContext(connection) as counted:
            client.get(URL)
        counts.append(len(counted))
    assert counts[0] == counts[1] == counts[2] <= 15, counts

"""No one person moves the money of customers: a changed account waits, and all admins know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import BankAccount, Membership, Tenant, User
from core.operations import save_bank_account
from core.printed_accounts import printed_accounts
from core.tenancy import tenant_scope
from dunning.letters import groups_of
from invoices.documents import parties_of
from tests.documents.builders import draft
from tests.dunning.helpers import customer, debt
from tests.opened import seen_at

pytestmark = pytest.mark.django_db
AT = "/t/acme/settings/bank-accounts/"
PASSWORD = "correct horse battery"
OURS = {
    "holder": "Acme",
    "bank": "ICBC",
    "currency": "CNY",
    "number": "6222 0210",
    "code": "",
    "is_active": True,
}
THEIRS = OURS | {"number": "6666 6666", "holder": "Thief"}


def a_day_passes() -> None:
    # Two, as the clock of the database stands still within a test.
    BankAccount.objects.update(usable_from=F("usable_from") - timedelta(days=2))


def save(account: BankAccount | None, **changes: object) -> BankAccount:
    return save_bank_account(account=account, values=OURS | changes, at=timezone.now(), actor=None)


def printed() -> str | None:
    """Return the number that bill and reminder name now; they say the same."""
    numbers = {(printed_accounts().get("CNY") or {}).get("number")}
    numbers.add((parties_of(draft())["bank"] or {}).get("number"))
    [number] = numbers
    return number


@pytest.mark.usefixtures("in_tenant")
class TestHold:
    def test_the_very_first_account_is_named_at_once(self) -> None:
        save(None)
        assert printed() == "6222 0210"

    def test_a_changed_one_is_named_a_day_later_and_until_then_as_before(self) -> None:
        account = save(None)
        save(account, **THEIRS)
        assert printed() == "6222 0210"
        assert BankAccount.objects.get().number == "6666 6666"
        save(account, **THEIRS | {"code": "X"})  # once more does not make it sooner, or forget
        assert printed() == "6222 0210"
        a_day_passes()
        assert printed() == "6666 6666"

    def test_putting_it_back_ends_the_wait(self) -> None:
        account = save(None)
        save(account, **THEIRS)
        save(account)
        assert not BankAccount.objects.get().waits(timezone.now())
        assert printed() == "6222 0210"

    def test_a_second_one_waits_and_one_out_of_use_is_named_by_nothing(self) -> None:
        ours = save(None)
        save(None, **THEIRS)
        save(ours, is_active=False)
        assert printed() is None
        save(ours, is_active=True)  # back in use: it waits like a new one
        assert printed() is None
        a_day_passes()
        assert printed() == "6222 0210"

    def test_a_reminder_of_what_was_billed_names_the_account_of_before(self) -> None:
        account = save(None)
        buyer = customer(email="ap@buyer.test")
        owed = debt(buyer, "10.00", late=20)
        save(account, **THEIRS)
        day = timezone.now().date()
        [group] = groups_of(customer_id=buyer.pk, item_ids=[owed.pk], day=day)
        assert group.bank_account is not None
        assert group.bank_account["number"] == "6222 0210"


class TestPage:
    def test_all_admins_are_told_and_the_page_says_from_when(
        self,
        client: Client,
        members: dict[str, User],
        tenant: Tenant,
        django_capture_on_commit_callbacks,
    ) -> None:
        other = User.objects.create_user("second@acme.test", language="zh-hans")
        Membership.objects.create(tenant=tenant, user=other, roles=["ADMIN"])
        with tenant_scope(tenant.pk):
            account = save(None)
        client.force_login(members["ADMIN"])
        with django_capture_on_commit_callbacks(execute=True):
            values = THEIRS | {"is_active": "on"}
            url = f"{AT}{account.pk}/"
            assert client.post(url, values | seen_at(client, url)).status_code == 302
        assert sorted(one.to[0] for one in mail.outbox) == ["admin@acme.test", "second@acme.test"]
        assert all("6666 6666" in one.body and AT in one.body for one in mail.outbox)
        assert all("admin@acme.test" in one.body for one in mail.outbox)
        page = client.get(AT).content.decode()
        assert "Account 6666 6666 is used from" in page
        assert "name 6222 0210, ICBC" in page

    @pytest.mark.parametrize(
        ("path", "data"),
        [
            ("settings/bank-accounts/new/", {}),
            ("settings/second-person/", {"needed": "no"}),
            ("settings/people/second-factor/", {"needed": "no"}),
            ("settings/api-keys/new/", {}),
        ],
    )
    def test_what_guards_the_company_asks_for_a_fresh_sign_in(
        self, client: Client, tenant: Tenant, path: str, data: dict[str, str]
    ) -> None:
        cache.clear()
        admin = User.objects.create_user("lina@acme.test", PASSWORD)
        Membership.objects.create(tenant=tenant, user=admin, roles=["ADMIN"])
        client.force_login(admin)  # a session that lies open, signed in long ago
        answer = client.post(f"/t/acme/{path}", data)
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert Tenant.objects.get(pk=tenant.pk).needs_second_person

"""Who comes to see less loses what was made while they saw more: jobs, files, imports, answers."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from core import jobs
from core.models import (
    FileImport,
    Job,
    JobResult,
    JobRow,
    Membership,
    Team,
    Tenant,
    User,
)
from core.operations.people import change_person
from core.operations.results import keep_result
from core.tenancy import tenant_scope
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
MADE = (Job, JobRow, JobResult, FileImport)


@pytest.fixture
def seller(tenant: Tenant, members: dict[str, User], settings: Any, tmp_path: Any) -> Membership:
    settings.MEDIA_ROOT = tmp_path
    user = User.objects.create_user("seller@acme.test")
    return Membership.objects.create(tenant=tenant, user=user, roles=["BILLER"])


def make(user: User, at: Any = NOON) -> Job:
    """A job with a file and a row that names a customer, and an import."""
    job = jobs.start(kind="x", title="x", rows=[(0, "UNSEEN")], at=at, actor=user)
    keep_result(
        job=job,
        content=io.BytesIO(b"UNSEEN"),
        name="x.csv",
        content_type="text/csv",
        permission="customers.view",
        at=at,
    )
    FileImport.objects.create(
        kind="customers",
        file_name="x.csv",
        header_key="x",
        row_count=1,
        created_by=user,
        created_at=at,
    )
    return job


def seen(membership: Membership) -> set[str]:
    membership.refresh_from_db()
    with tenant_scope(membership.tenant_id, viewer=membership.viewer):
        return {model.__name__ for model in MADE if model.objects.exists()}


def change(membership: Membership, at: Any = LATER, **values: Any) -> None:
    admin = User.objects.get(email="admin@acme.test")
    with tenant_scope(membership.tenant_id):
        change_person(
            membership=membership,
            roles=membership.roles,
            is_active=True,
            at=at,
            actor=admin,
            **values,
        )


def test_what_was_made_before_is_the_admins_only(tenant: Tenant, seller: Membership, client):
    with tenant_scope(tenant.pk):
        before = make(seller.user)
    everything = {model.__name__ for model in MADE}
    assert seen(seller) == everything
    change(seller, data_scope="OWN")
    assert seen(seller) == set()
    client.force_login(seller.user)
    for part in ("", "result/", "errors.csv"):
        assert client.get(f"/t/acme/jobs/{before.pk}/{part}").status_code == 404
    client.force_login(User.objects.get(email="admin@acme.test"))
    assert client.get(f"/t/acme/jobs/{before.pk}/").status_code == 200
    with tenant_scope(tenant.pk, viewer=seller.user_id):
        make(seller.user, LATER)  # from now on their own work is theirs again
    assert seen(seller) == everything
    change(seller, data_scope="ALL")
    assert seen(seller) == everything


@pytest.mark.parametrize(
    ("before", "after", "hidden"),
    [
        ({"data_scope": "ALL"}, {"data_scope": "TEAM", "team": "North"}, True),
        ({"data_scope": "TEAM", "team": "North"}, {"team": "South"}, True),
        ({"data_scope": "TEAM", "team": "North"}, {"data_scope": "OWN"}, True),
        ({"data_scope": "OWN"}, {"data_scope": "TEAM", "team": "North"}, False),
        ({"data_scope": "OWN"}, {"team": "South"}, False),
    ],
)
def test_what_makes_somebody_see_less(tenant: Tenant, seller: Membership, before, after, hidden):
    change(seller, at=NOON - timedelta(days=1), **before)
    with tenant_scope(tenant.pk):
        make(seller.user)
    seller.refresh_from_db()
    change(seller, **after)
    assert bool(seen(seller)) is not hidden


def test_who_leaves_a_team_takes_their_customers_from_the_others(
    tenant: Tenant, seller: Membership
):
    with tenant_scope(tenant.pk):
        team = Team.objects.create(name="North")
        Membership.objects.filter(pk=seller.pk).update(data_scope="TEAM", team=team)
        make(seller.user)
        colleague = User.objects.create_user("c@acme.test")
        other = Membership.objects.create(
            tenant=tenant, user=colleague, roles=["BILLER"], team=team
        )
    assert seen(seller)
    change(other, team="")
    assert not seen(seller)

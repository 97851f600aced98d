"""Looking for words in the history: the values before and after, not the names of fields."""

from __future__ import annotations

import pytest

from core.models import AuditEntry
from core.models.audit import Via
from core.tenancy import tenant_scope
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
CHANGES = [
    {"name": ["Morning Light Ltd", "晨光有限公司"]},
    {"payment_terms": ["30 days", None], "discount": [None, "12.50"]},
    {"note": 'called "Bo\\Li"\nand 100%'},
    {"recipients": ["ann@customer.test", "bo@customer.test"], "passed": 4711},
]


@pytest.fixture
def found(client, tenant, other_tenant, members):
    """Return which of the changes are found by words."""
    client.force_login(members["ADMIN"])
    for one in (tenant, other_tenant):
        with tenant_scope(one.pk):
            for number, changes in enumerate(CHANGES):
                AuditEntry.objects.create(
                    event="company.changed",
                    subject=f"core.thing:{number}",
                    subject_label=f"{one.slug} {number}",
                    happened_at=NOON,
                    changes=changes,
                    via=Via.COMMAND if number else "",
                )

    def ask(words: str = "", **filters: str) -> list[int]:
        page = client.get("/t/acme/settings/history/", {"q": words} | filters).content.decode()
        assert f"{other_tenant.slug} " not in page
        return [number for number in range(len(CHANGES)) if f"{tenant.slug} {number}" in page]

    return ask


def test_values_are_found(found) -> None:
    for words, numbers in [
        ("morning light", [0]),
        ("晨光", [0]),
        ("30 DAYS", [1]),
        ("12.50", [1]),
        ("payment_terms", []),  # a field's name
        ("discount", []),
        ('"bo\\li"', [2]),
        ("100%", [2]),
        ("1_0", []),  # no pattern
        ("bo@customer", [3]),
        ("4711", [3]),
        ("", [0, 1, 2, 3]),
    ]:
        assert found(words) == numbers, words


def test_what_came_by_a_command(found) -> None:
    assert found(via="COMMAND") == [1, 2, 3]
    assert found("30 days", via="COMMAND") == [1]
    assert found(via="PAGE") == []

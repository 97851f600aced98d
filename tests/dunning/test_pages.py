"""The pages about reminders: policy with its dry run, runs with their reasons, pauses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from core.tenancy import tenant_scope
from dunning import operations, tasks
from dunning.enums import Tone
from dunning.models import Decision, ItemHold, Notice, Policy, PolicyStep, Run
from dunning.views import policy as policy_view
from dunning.views import runs as runs_view
from messaging.models import OutboundMessage
from tests.dunning.helpers import MORNING, TODAY, credit, customer, debt, policy, run
from tests.reports.counting import questions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(policy_view.timezone, "now", lambda: MORNING)


@pytest.fixture
def collector(client, members):
    client.force_login(members["COLLECTOR"])
    return client


def form(policy=None, **changes):
    data = {
        "name": "Standard",
        "send_hour": "9",
        "weekdays_only": "on",
        "quiet_days": "3",
        "minimum_amount": "50.00",
        "offset_0": "-3",
        "tone_0": "BEFORE_DUE",
        "offset_1": "3",
        "tone_1": "FRIENDLY",
        "version": policy.version if policy else "",
    }
    return {**data, **changes}


def test_saving_makes_a_version_and_leaves_the_old_one(collector, tenant):
    with tenant_scope(tenant.pk):
        first = policy()
        before = list(PolicyStep.objects.values_list("pk", "offset_days", "tone"))

    response = collector.post("/t/acme/collections/policy/edit/", form(first))

    assert response.status_code == 302
    with tenant_scope(tenant.pk):
        current = Policy.objects.get(is_active=True)
        assert (current.version, current.minimum_amount) == (2, 50)
        assert [(s.offset_days, s.level) for s in current.steps.order_by("offset_days")] == [
            (-3, 0),
            (3, 1),
        ]
        assert (
            list(PolicyStep.objects.filter(policy=first).values_list("pk", "offset_days", "tone"))
            == before
        )
        entry = AuditEntry.objects.filter(event="policy.saved").latest("pk")
        assert "minimum_amount" in entry.changes
        assert "steps" in entry.changes


def test_saving_the_same_makes_no_version(collector, tenant):
    with tenant_scope(tenant.pk):
        first = policy(minimum="50", steps=[(-3, Tone.BEFORE_DUE), (3, Tone.FRIENDLY)])

    collector.post("/t/acme/collections/policy/edit/", form(first))

    with tenant_scope(tenant.pk):
        assert Policy.objects.count() == 1


def test_two_editors_the_second_is_told(collector, tenant):
    with tenant_scope(tenant.pk):
        first = policy()
    collector.post("/t/acme/collections/policy/edit/", form(first))

    typed = form(first, quiet_days="9", offset_1="5")
    response = collector.post("/t/acme/collections/policy/edit/", typed)

    assert response.status_code == 409
    sides = {one.label: (one.stands, one.typed) for one in response.context["conflict"].differences}
    assert sides == {
        "Days between two reminders to one customer": ("3", "9"),
        "Steps": (
            "-3: Friendly notice before the due date\n+3: Friendly reminder",
            "-3: Friendly notice before the due date\n+5: Friendly reminder",
        ),
    }
    with tenant_scope(tenant.pk):
        assert Policy.objects.get(is_active=True).quiet_days == 3
    data = response.context["form"].data
    assert data["version"] == "2"
    assert collector.post("/t/acme/collections/policy/edit/", data).status_code == 302
    with tenant_scope(tenant.pk):
        assert Policy.objects.get(is_active=True).quiet_days == 9


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"offset_1": "-3"}, "Two steps stand on the same day"),
        ({"tone_1": "BEFORE_DUE"}, "cannot be used after it"),
        ({"offset_0": "0", "tone_0": "FIRM"}, "nothing is late yet"),
        ({"offset_0": "", "tone_0": "", "offset_1": "", "tone_1": ""}, "at least one step"),
        ({"offset_1": "", "tone_1": "FIRM"}, "Enter the number of days"),
        ({"tone_1": ""}, "Choose a text"),
        ({"offset_1": "400"}, "365"),
        ({"minimum_amount": "1,5"}, "such as"),
        ({"minimum_amount": "-1"}, "At least"),
        ({"minimum_amount": "0.001"}, "decimal"),
        ({"name": ""}, "required"),
        ({"send_hour": "24"}, "24"),
    ],
)
def test_what_cannot_be_a_policy(collector, tenant, changes, said):
    with tenant_scope(tenant.pk):
        first = policy()
    response = collector.post("/t/acme/collections/policy/edit/", form(first, **changes))

    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert 'value="3"' in page  # what was typed stays
    with tenant_scope(tenant.pk):
        assert Policy.objects.count() == 1


def test_the_dry_run_says_what_the_run_then_does(collector, tenant):
    with tenant_scope(tenant.pk):
        policy(minimum="50")
        debt(customer(name="Sent Ltd", email="ap@sent.test"), "100.00", late=5, label="INV-SENT")
        debt(customer(), "10.00", late=5)
        debt(customer(reminders_paused=True), "70.00", late=5)
        debt(customer(email=None), "80.00", late=5, currency="EUR", rate="8")

    page = collector.get("/t/acme/collections/policy/")

    shown = {
        (line.sums.currency, line.sums.held_because): (line.sums.items, line.sums.amount)
        for line in page.context["dry_run"].lines
    }
    assert "ap@sent.test" in page.content.decode()
    assert "INV-SENT" in page.context["dry_run"].letter.text
    with tenant_scope(tenant.pk):
        assert (OutboundMessage.objects.count(), Decision.objects.count(), Run.objects.count()) == (
            0,
            0,
            0,
        )
        run()
        did = {}
        for one in Decision.objects.all():
            items, amount = did.get((one.currency, one.held_because), (0, 0))
            did[one.currency, one.held_because] = (items + 1, amount + one.open_amount)
    assert shown == did
    assert set(shown) == {
        ("CNY", ""),
        ("CNY", "BELOW_MINIMUM"),
        ("CNY", "PAUSED"),
        ("EUR", "NO_ADDRESS"),
    }


def test_a_version_can_be_tried_without_saving(collector, tenant):
    with tenant_scope(tenant.pk):
        first = policy()
        debt(customer(), "100.00", late=5)

    response = collector.post(
        "/t/acme/collections/policy/edit/", form(first, action="preview", minimum_amount="500")
    )

    [line] = response.context["dry_run"].lines
    assert response.status_code == 200
    assert line.sums.held_because == "BELOW_MINIMUM"
    with tenant_scope(tenant.pk):
        assert Policy.objects.count() == 1


def test_without_a_policy_the_page_says_so_and_the_first_can_be_written(collector, tenant):
    assert "No policy yet" in collector.get("/t/acme/collections/policy/").content.decode()

    collector.post("/t/acme/collections/policy/edit/", form())

    with tenant_scope(tenant.pk):
        assert Policy.objects.get().version == 1


def test_run_now_is_todays_run_and_a_worker_does_it(
    collector, tenant, members, monkeypatch, django_capture_on_commit_callbacks
):
    with tenant_scope(tenant.pk):
        policy(send_hour=23)
        debt(customer(), late=5)
    asked = []
    monkeypatch.setattr(
        "celery.canvas.Signature.delay", lambda self, **kwargs: asked.append((self.task, kwargs))
    )

    with django_capture_on_commit_callbacks(execute=True):
        response = collector.post("/t/acme/collections/run-now/")

    assert asked == [
        (
            "collections.run_for_company",
            {"tenant_id": tenant.pk, "actor_id": members["COLLECTOR"].pk},
        )
    ]
    monkeypatch.setattr(tasks.timezone, "now", lambda: MORNING)
    tasks.run_for_company(**asked[0][1])
    with tenant_scope(tenant.pk):
        done = Run.objects.get()
        assert (done.run_date, done.started_by) == (TODAY, members["COLLECTOR"])
        assert done.finished_at is not None
        assert Notice.objects.count() == 1
    assert response["Location"].endswith(f"/collections/runs/{done.pk}/")
    page = collector.get(response["Location"]).content.decode()
    assert "RM-2026-00001" in page


def test_run_now_without_a_policy(collector, tenant):
    response = collector.post("/t/acme/collections/run-now/", follow=True)

    assert "no reminder policy" in response.content.decode()


def test_the_run_page_sums_filters_and_links(collector, tenant):
    with tenant_scope(tenant.pk):
        policy()
        sent = customer(name="Sent Ltd")
        debt(sent, "100.00", late=5, label="INV-S")
        paused = customer(name="Paused Ltd", reminders_paused=True)
        debt(paused, "70.00", late=5, label="INV-P")
        credit(debt(customer(), "30.00", late=5).customer, "30.00")
        done = run()
        notice = Notice.objects.get()

    page = collector.get(f"/t/acme/collections/runs/{done.pk}/")
    text = page.content.decode()

    assert page.context["list"].total == 3
    assert notice.number in text
    assert f"/messages/{notice.message_id}/" in text
    assert f"/customers/{sent.pk}/" in text
    assert "Reminders are paused for this customer" in text
    for tally in page.context["summary"]:
        query = f"?outcome={tally.outcome.value}&currency={tally.currency}"
        if tally.reason:
            query += f"&held_because={tally.reason.value}"
        narrowed = collector.get(f"/t/acme/collections/runs/{done.pk}/{query}").context["list"]
        assert narrowed.total == tally.items
        assert narrowed.sums[0].amounts[0] == tally.amount
    assert collector.get(f"/t/acme/collections/runs/{done.pk}/?q=INV-P").context["list"].total == 1


@pytest.mark.parametrize("path", ["collections/", "collections/runs/{run}/"])
def test_as_many_statements_for_one_row_as_for_many(collector, tenant, path):
    with tenant_scope(tenant.pk):
        policy(quiet_days=0)
        debt(customer(), late=5)
        done = run()

    def ask():
        with CaptureQueriesContext(connection) as asked:
            assert collector.get(f"/t/acme/{path.format(run=done.pk)}").status_code == 200
        return len(questions(asked))

    ask()
    few = ask()
    with tenant_scope(tenant.pk):
        Run.objects.filter(pk=done.pk).update(finished_at=None)
        for _ in range(10):
            debt(customer(), late=5)
        operations.run_reminders(day=TODAY, at=MORNING, actor=None)
        for days in range(1, 4):
            debt(customer(), late=5, day=TODAY + timedelta(days=days))
            run(TODAY + timedelta(days=days))

    assert ask() == few <= 15


def test_pausing_and_resuming_one_document(collector, tenant, members):
    with tenant_scope(tenant.pk):
        policy()
        item = debt(customer(), late=5, label="INV-7")

    page = collector.get(f"/t/acme/collections/items/{item.pk}/hold/")
    assert page.status_code == 200
    refused = collector.post(f"/t/acme/collections/items/{item.pk}/hold/", {"reason": ""})
    assert refused.status_code == 422
    done = collector.post(
        f"/t/acme/collections/items/{item.pk}/hold/",
        {"reason": "disputed", "until": "2026-03-31"},
    )

    assert done.status_code == 302
    with tenant_scope(tenant.pk):
        hold = ItemHold.objects.get()
        assert (hold.reason, hold.until.isoformat(), hold.created_by) == (
            "disputed",
            "2026-03-31",
            members["COLLECTOR"],
        )
        entry = AuditEntry.objects.get(event="reminders.item_held")
        assert (entry.account_id, entry.reason) == (item.customer_id, "disputed")
        run()
        assert Decision.objects.get().held_because == "ITEM_HOLD"
    assert (
        "disputed" in collector.get(f"/t/acme/collections/items/{item.pk}/hold/").content.decode()
    )

    collector.post(f"/t/acme/collections/items/{item.pk}/release/")
    with tenant_scope(tenant.pk):
        assert not ItemHold.objects.exists()
        assert AuditEntry.objects.filter(event="reminders.item_released").count() == 1


def test_a_settled_document_or_a_credit_cannot_be_paused(collector, tenant):
    with tenant_scope(tenant.pk):
        money = credit(customer(), "5.00")

    assert collector.get(f"/t/acme/collections/items/{money.pk}/hold/").status_code == 404


def test_nothing_on_the_pages_is_styled_inline(collector, tenant):
    with tenant_scope(tenant.pk):
        policy()
        debt(customer(), late=5)
        done = run()
        item = Decision.objects.get().item_id
    for path in ("", "policy/", "policy/edit/", f"runs/{done.pk}/", f"items/{item}/hold/"):
        page = collector.get(f"/t/acme/collections/{path}").content.decode()
        assert " style=" not in page, path
        assert "<script>" not in page, path


def test_the_clock_of_the_list(collector, tenant, members, monkeypatch):
    with tenant_scope(tenant.pk):
        policy()
        run()
    today = collector.get("/t/acme/collections/").content.decode()
    # Midnight in Shanghai: another day, and its run has not begun.
    midnight = datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert "was finished" in today
    monkeypatch.setattr(runs_view.timezone, "now", lambda: midnight)
    collector.force_login(members["COLLECTOR"])
    tomorrow = collector.get("/t/acme/collections/").content.decode()

    assert "has not begun" in tomorrow

"""The day's run: whom to remind, decided by one statement, then done customer by customer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime

from celery import signature
from django.db import IntegrityError, transaction

from core import audit
from core.models import User
from core.tasks import after_commit
from core.tenancy import active_tenant_id, tenant_scope
from dunning.calculations import Terms
from dunning.models import Run
from dunning.operations.remind_customer import remind_customer
from dunning.queries import active_policy, ask, customers_to_remind, terms_of

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = 5  # customers in a row that could not be reminded: the fault is not theirs


class NoPolicy(Exception):
    """The company has no reminder policy in force."""


def run_reminders(
    *,
    day: date,
    at: datetime,
    actor: User | None,
    tenant_id: int | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Run:
    """
    Remind every customer of what is due on the tenant's ``day``; return the day's only run.

    Called again, beside itself or after a crash, it finishes what is left and repeats nothing: a
    finished run is returned as it is. Each customer is a transaction of its own when no scope is
    active and ``tenant_id`` is given (the task does so); inside a scope it is a savepoint. A
    customer that fails is logged and leaves the run unfinished, for the next start to try again.
    ``clock`` tells the instant of each decision; without it every decision is dated ``at``.

    :raises NoPolicy: if none is in force
    """
    tenant_id = tenant_id or active_tenant_id()
    now = clock or (lambda: at)
    with tenant_scope(tenant_id):
        run = start_run(day=day, at=at, actor=actor)
        if run.finished_at is not None:
            return run
        terms = terms_of(run.policy)
        _hold_whole_customers(run, terms, now())
    with tenant_scope(tenant_id):
        plan = customers_to_remind(terms=terms, day=run.run_date, run_id=run.pk)
    failed = in_a_row = 0
    for customer_id, planned in plan.items():
        try:
            with tenant_scope(tenant_id):
                remind_customer(
                    run=run,
                    terms=terms,
                    customer_id=customer_id,
                    planned=planned,
                    at=now(),
                    actor=actor,
                )
            in_a_row = 0
        except Exception:
            logger.exception("Run %s: customer %s was not reminded", run.pk, customer_id)
            failed, in_a_row = failed + 1, in_a_row + 1
            if in_a_row == GIVE_UP_AFTER:
                raise
    with tenant_scope(tenant_id):
        return finish_run(run=run, at=now()) if not failed else run


@transaction.atomic
def start_run(*, day: date, at: datetime, actor: User | None) -> Run:
    """
    Return the day's run, begun now if nobody has.

    :raises NoPolicy: if none is in force
    """
    run = Run.objects.select_related("policy").filter(run_date=day).first()
    if run is not None:
        return run
    policy = active_policy()
    if policy is None:
        raise NoPolicy
    try:
        with transaction.atomic():
            run = Run.objects.create(run_date=day, policy=policy, started_at=at, started_by=actor)
    except IntegrityError:  # somebody else was quicker
        return Run.objects.select_related("policy").get(run_date=day)
    audit.record(event="reminders.run_started", subject=run, actor=actor, at=at)
    return run


@transaction.atomic
def finish_run(*, run: Run, at: datetime) -> Run:
    """Mark the run as done; the first end counts."""
    Run.objects.filter(pk=run.pk, finished_at=None).update(finished_at=at)
    run.refresh_from_db()
    return run


@transaction.atomic
def request_run(*, day: date, at: datetime, actor: User) -> Run:
    """
    Begin the day's run and let a worker do it: what a person does with "Run now".

    :raises NoPolicy: if none is in force
    """
    run = start_run(day=day, at=at, actor=actor)
    if run.finished_at is None:
        after_commit(
            signature("collections.run_for_company"),
            tenant_id=active_tenant_id(),
            actor_id=actor.pk,
        )
    return run


def _hold_whole_customers(run: Run, terms: Terms, at: datetime) -> None:
    """
    Keep a held decision for every item of the customers to whom nothing is to be sent.

    One statement. It needs no lock: nothing leaves the house, and tomorrow asks again.
    """
    ask(
        """
        INSERT INTO collections_decision (tenant_id, run_id, item_id, customer_id, policy_id,
            offset_days, outcome, held_because, open_amount, currency, notice_id, decided_at)
        SELECT %(tenant)s, %(run)s, item_id, customer_id, %(policy)s, offset_days, 'HELD',
            held_because, open_amount, currency, NULL, %(at)s
        FROM (SELECT due.*, bool_or(held_because = '') OVER (PARTITION BY customer_id) AS any_sent
              FROM due) AS due WHERE NOT any_sent
        ON CONFLICT DO NOTHING RETURNING id
        """,
        terms=terms,
        day=run.run_date,
        run_id=run.pk,
        policy=run.policy_id,
        at=at,
    )

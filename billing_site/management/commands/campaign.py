"""``manage.py campaign outbox``: kill real senders at random and count what became of the mails."""

from __future__ import annotations

import random
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing_site.campaigns import outbox


class Command(BaseCommand):
    """Random faults on the real thing. Not part of the tests that run by default."""

    help = (
        "Queue mails of a scratch company, send them by real worker processes to a real SMTP "
        "server, kill the senders at random, and print what became of the mails. Exit code 1 if "
        "any was lost or arrived twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what can be chosen."""
        parser.add_argument("campaign", choices=["outbox"])
        parser.add_argument("--mails", type=int, default=500, metavar="N")
        parser.add_argument("--kills", type=int, default=10, metavar="K")
        parser.add_argument(
            "--window",
            type=int,
            default=30,
            metavar="MS",
            help="milliseconds between the server noting a mail and answering",
        )
        parser.add_argument("--seed", type=int, metavar="S", help="repeat the same choices")
        parser.add_argument("--keep", action="store_true", help="leave the scratch company")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and print the verdict, one number a line."""
        seed = options["seed"]
        if seed is None:
            seed = random.randrange(10**6)  # noqa: S311 - no secret
        if options["mails"] < 1 or options["kills"] < 0 or options["window"] < 0:
            raise CommandError("Give at least one mail, and no negative number.")
        plan = outbox.Plan(
            mails=options["mails"],
            kills=options["kills"],
            window=options["window"] / 1000,
            seed=seed,
            keep=options["keep"],
        )
        verdict = outbox.run(plan, clock=timezone.now)
        self._print(verdict, seed)
        if verdict.disturbed:
            raise CommandError("Other senders took mails of the campaign: stop ./dev run first.")
        if not verdict.is_good:
            raise CommandError("The promise was broken.")

    def _print(self, verdict: outbox.Verdict, seed: int) -> None:
        for name in ("lost", "twice", "unconfirmed"):
            self.stdout.write(f"{name} {getattr(verdict, name)}")
        self.stdout.write(f"unconfirmed_that_arrived {verdict.arrived}")
        for name in ("failed", "stuck", "disturbed", "kills"):
            self.stdout.write(f"{name} {getattr(verdict, name)}")
        self.stdout.write(f"seconds {verdict.seconds:.1f}")
        self.stdout.write(f"seed {seed}")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

EVENTS = {
    "company.created": (_("Company created"), "building"),
    "company.changed": (_("Company profile changed"), "building"),
    "bank_account.added": (_("Bank account added"), "building-bank"),
    "bank_account.changed": (_("Bank account changed"), "building-bank"),
    "numbers.changed": (_("Document numbers changed"), "hash"),
    "numbers.passed": (_("Numbers of imported invoices passed over"), "hash"),
    "rate.added": (_("Exchange rate added"), "currency"),
    "rate.changed": (_("Exchange rate changed"), "currency"),
    "person.added": (_("Person added"), "user-plus"),
    "person.changed": (_("Roles changed"), "user-cog"),
    "person.link_renewed": (_("New link to set a password"), "key"),
    "job.cancelled": (_("Job cancelled"), "player-stop"),
    "job.retried": (_("Failed rows tried again"), "refresh"),
}


class CoreConfig(AppConfig):
    """Tenancy, people, money, dates, audit, numbers, files, jobs, lists, documents."""

    name = "core"

    def ready(self) -> None:
        """Say what the events of the company's own pages are called."""
        from core.timeline import name_events  # noqa: PLC0415 - models are not there yet above

        name_events(**EVENTS)

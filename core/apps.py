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
    "person.invited": (_("Person invited"), "mail"),
    "person.invited_again": (_("Invitation sent again"), "mail"),
    "person.joined": (_("Invitation accepted"), "user-check"),
    "person.address_changed": (_("E-mail of a person changed"), "at"),
    "person.factor_reset": (_("Second factor removed by the operator"), "shield-lock"),
    "person.withdrawn": (_("Invitation withdrawn"), "user-minus"),
    "person.link_renewed": (_("New link to set a password"), "key"),
    "company.suspended": (_("Suspended by the operator"), "lock"),
    "company.resumed": (_("Opened again by the operator"), "lock-open"),
    "job.retried_by_operator": (_("Failed rows tried again by the operator"), "refresh"),
    "checklist.marked": (_("First step settled"), "check"),
    "checklist.unmarked": (_("First step opened again"), "arrow-back-up"),
    "note.added": (_("Note written"), "note"),
    "note.file_added": (_("File attached"), "paperclip"),
    "note.withdrawn": (_("Note or file withdrawn"), "ban"),
    "job.cancelled": (_("Job cancelled"), "player-stop"),
    "import.written": (_("File imported"), "file-import"),
    "import.undone": (_("Import taken back"), "arrow-back-up"),
    "import.discarded": (_("File discarded, not imported"), "trash"),
    "job.retried": (_("Failed rows tried again"), "refresh"),
    "view.saved": (_("View saved"), "device-floppy"),
    "view.changed": (_("View changed"), "columns"),
    "view.deleted": (_("View deleted"), "trash"),
    "list.exported": (_("List exported"), "file-export"),
}


class CoreConfig(AppConfig):
    """Tenancy, people, money, dates, audit, numbers, files, jobs, lists, documents."""

    name = "core"

    def ready(self) -> None:
        """Say what the events of the company's own pages are called; know the job of exports."""
        from core import timeline_sources as _sources  # noqa: F401, PLC0415 - registers them
        from core.lists import exporting as _exporting  # noqa: F401, PLC0415 - as below
        from core.timeline import name_events  # noqa: PLC0415 - models are not there yet above

        name_events(**EVENTS)

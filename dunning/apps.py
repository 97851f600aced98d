from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DunningConfig(AppConfig):
    """Collections; the package cannot bear that name, the standard library's (ADR 0001)."""

    name = "dunning"
    label = "collections"
    verbose_name = "Collections"

    def ready(self) -> None:
        """Say what a new company starts with."""
        from core.presets import on_company_created  # noqa: PLC0415 - the same
        from dunning.presets import lay_down_policy  # noqa: PLC0415 - models are not there yet above

        on_company_created(lay_down_policy)
        _name_events()
        from core.related import offer_links  # noqa: PLC0415
        from dunning.offers import hold_links  # noqa: PLC0415
        from dunning.queries import have_dealt_with  # noqa: PLC0415
        from dunning.recheck import require_still_true  # noqa: PLC0415
        from dunning.replacements import follow_message  # noqa: PLC0415
        from invoices.operations.take_back import touched_if  # noqa: PLC0415
        from messaging.departures import before_leaving  # noqa: PLC0415
        from messaging.enums import MessageKind  # noqa: PLC0415
        from messaging.operations import on_replaced  # noqa: PLC0415

        offer_links("open_item")(hold_links)
        on_replaced(follow_message)
        touched_if(have_dealt_with)
        before_leaving(MessageKind.REMINDER, require_still_true)


def _name_events() -> None:
    from core.timeline import name_events  # noqa: PLC0415 - models are not there yet above

    name_events(
        **{
            "policy.saved": (_("Reminder policy changed"), "settings"),
            "reminder.queued": (_("Reminder written"), "bell"),
            "reminders.run_started": (_("Reminder run started"), "bell"),
            "reminders.item_held": (_("Reminders paused for an invoice"), "player-pause"),
            "reminders.item_released": (_("Reminders resumed for an invoice"), "player-play"),
        }
    )

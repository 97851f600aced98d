from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

EVENTS = {
    "message.arrived": (_("Message arrived"), "mail-check"),
    "message.bounced": (_("Message bounced"), "mail-x"),
    "message.cancelled": (_("Message cancelled"), "mail-cancel"),
    "message.held": (_("Message held back"), "mail-pause"),
    "message.left": (_("Message left as it is"), "check"),
    "message.released": (_("Message released"), "send"),
    "message.resent": (_("Message sent to another address"), "mail-forward"),
    "message.sent_again": (_("Message sent again"), "mail-forward"),
    "webhook.created": (_("Webhook added"), "webhook"),
    "webhook.changed": (_("Webhook changed"), "webhook"),
    "webhook.secret_renewed": (_("Webhook's secret renewed"), "key"),
    "webhook.paused": (_("Webhook paused"), "player-pause"),
    "webhook.resumed": (_("Webhook switched on"), "player-play"),
    "webhook.removed": (_("Webhook removed"), "trash"),
    "webhook.stopped": (_("Webhook switched off: its address failed"), "alert-triangle"),
    "webhook.sent_again": (_("Event sent again to a webhook"), "refresh"),
}


class MessagesConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        """Register checks, the names of events, and the work that waits."""
        from core.nav import count_work  # noqa: PLC0415 - models are not there yet above
        from core.timeline import name_events  # noqa: PLC0415 - the same
        from messaging import checks, timeline  # noqa: F401, PLC0415 - registers them
        from messaging.queries import undecided  # noqa: PLC0415 - the same

        name_events(**EVENTS)
        count_work("messaging:list")(undecided)

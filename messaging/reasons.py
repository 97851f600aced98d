"""Why a message is in its state: a code that is stored, and the sentence that is shown for it.

An event's ``detail`` is ``code`` or ``code: words``; the words are the mail server's or a person's
and are shown as they are.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LONGEST = 500


class Reason(models.TextChoices):
    UNREACHABLE = "unreachable", _("The mail server could not be reached")
    NOT_YET = "not-yet", _("The mail server asked to try again later")
    REFUSED = "refused", _("The mail server refused the message")
    GAVE_UP = "gave-up", _("Given up after too many attempts")
    LOST_CONTACT = "lost-contact", _("Contact was lost before the mail server answered")
    SENDER_DIED = "sender-died", _("The sending process ended before the mail server answered")
    PUT_BACK = "put-back", _("The sending process ended before anything was handed over")
    RELEASED = "released", _("Put back: nothing was handed over")
    NOT_MADE = "not-made", _("The message could not be put together")
    OVERTAKEN = "overtaken", _("Not sent: what it says is not so any more")
    SAMPLE = "sample", _("Not sent: mails of a sample company stay here")
    ACCEPTED = "accepted", _("The mail server took the message")
    ACCEPTED_LATE = "accepted-late", _("The mail server's answer came late: it took the message")
    SENDER = "sender", _("Taken by a sender")
    DELIVERED = "delivered", _("The recipient's mail server reports delivery")
    DELAYED = "delayed", _("The recipient's mail server reports a delay")
    BOUNCED = "bounced", _("Returned as undeliverable")
    LATE_REPORT = "late-report", _("A report about an earlier attempt arrived")
    SENT_AGAIN = "sent-again", _("Sent again; may arrive twice")
    REPLACED_BY = "replaced-by", _("Sent again as another message")
    REPLACES = "replaces", _("Sent in place of another message")
    EVIDENCE = "evidence", _("It arrived")
    LEFT = "left", _("Done, left as it is")
    CANCELLED = "cancelled", _("Cancelled")
    HELD = "held", _("Held back")
    FREED = "freed", _("Released")


def detail(reason: Reason | str, words: object = "") -> str:
    """Return what is stored: the code, and the words on one line, cut to the column's width."""
    code = str(Reason(reason).value)
    line = " ".join(str(words).replace("\0", " ").split())
    return f"{code}: {line}"[:LONGEST] if line else code


def sentence(stored: str) -> str:
    """Return the stored detail in the reader's language."""
    code, _colon, words = stored.partition(": ")
    if code not in Reason.values:
        return stored
    label = str(Reason(code).label)
    if not words:
        return label
    return gettext("%(reason)s: %(words)s") % {"reason": label, "words": words}

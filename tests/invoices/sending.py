"""Bills that are ready to be sent, and messages in any state."""

from invoices.operations.store_document import store_document
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from tests.conftest import NOON
from tests.documents.builders import issued
from tests.factories import ContactFactory, CustomerFactory


def ready(*, customer=None, contacts=("ap@customer.test",), **fields):
    """Write an issued bill with a stored document and contacts for bills."""
    customer = customer or CustomerFactory(**fields.pop("customer_fields", {}))
    for address in contacts:
        ContactFactory(customer=customer, email=address)
    invoice = issued(customer=customer, **fields)
    store_document(invoice.pk, NOON)
    invoice.refresh_from_db()
    return invoice


def state_to(delivery, state, **fields):
    if state in (MessageState.ACCEPTED, MessageState.DELIVERED):
        fields.setdefault("accepted_at", NOON)
    OutboundMessage.objects.filter(pk=delivery.message_id).update(state=state, **fields)

"""The pages: what they show in each state, and what the buttons do."""

from __future__ import annotations

import pytest
from django.test import Client

from core.models import Tenant, User
from core.tenancy import tenant_scope
from messaging.enums import MessageState
from messaging.models import OutboundMessage
from tests.messaging.conftest import again, pdf, put
from tests.messaging.test_decisions import in_state

STATES = list(MessageState)


@pytest.fixture
def collector(client: Client, members: dict[str, User]) -> Client:
    client.force_login(members["COLLECTOR"])
    return client


@pytest.fixture
def reader(client: Client, members: dict[str, User]) -> Client:
    client.force_login(members["AUDITOR"])
    return client


def made(
    tenant: Tenant, state: MessageState, key: str = "one", **fields: object
) -> OutboundMessage:
    with tenant_scope(tenant.pk):
        return in_state(state, key, **fields)


def page(client: Client, message: OutboundMessage, name: str = "") -> str:
    response = client.get(f"/t/acme/messages/{message.pk}/{name}")
    assert response.status_code == 200, response
    return response.content.decode()


BUTTONS = {
    "UNCONFIRMED": {"arrived", "again", "leave"},
    "FAILED": {"resend", "leave"},
    "BOUNCED": {"resend", "leave"},
    "QUEUED": {"cancel", "hold"},
    "HELD": {"release", "cancel"},
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_words_and_its_buttons(tenant, collector, state) -> None:
    message = made(tenant, state)
    text = page(collector, message)
    assert str(state.label) in text
    acts = {"arrived", "again", "resend", "leave", "cancel", "hold", "release"}
    assert {act for act in acts if f"/{message.pk}/{act}/" in text} == BUTTONS.get(state, set())


def test_not_confirmed_says_when_and_what_is_not_known(tenant, collector, queued) -> None:
    from messaging.models import MessageEvent  # noqa: PLC0415 - only here
    from tests.conftest import NOON  # noqa: PLC0415

    message = made(tenant, MessageState.UNCONFIRMED)
    with tenant_scope(tenant.pk):
        MessageEvent.objects.create(message=message, state="TRANSMITTING", happened_at=NOON)
    text = page(collector, message)
    assert (
        "We handed this mail to the mail server at 2 Mar 2026, 20:00:00 and lost contact before it "
        "answered. The customer may or may not have it." in " ".join(text.split())
    )
    assert "Send again (may arrive twice)" in text


def test_who_may_only_read_sees_no_button_and_may_not_press_one(tenant, reader) -> None:
    message = made(tenant, MessageState.UNCONFIRMED)
    assert "/leave/" not in page(reader, message)
    assert reader.post(f"/t/acme/messages/{message.pk}/leave/").status_code == 403
    assert again(message).resolved_at is None


def test_another_companys_message_is_missing(tenant, other_tenant, collector) -> None:
    message = made(other_tenant, MessageState.UNCONFIRMED)
    for name in ("", "html/", "files/1/"):
        assert collector.get(f"/t/acme/messages/{message.pk}/{name}").status_code == 404
    for act in ("leave", "again", "resend", "cancel", "hold", "release", "arrived"):
        answer = collector.post(f"/t/acme/messages/{message.pk}/{act}/", {"evidence": "x"})
        assert answer.status_code == 404
    assert again(message).state == MessageState.UNCONFIRMED


@pytest.mark.parametrize(
    ("state", "act", "typed", "after"),
    [
        ("UNCONFIRMED", "arrived", {"evidence": "They called"}, "DELIVERED"),
        ("UNCONFIRMED", "again", {}, "QUEUED"),
        ("UNCONFIRMED", "leave", {"note": ""}, "UNCONFIRMED"),
        ("FAILED", "resend", {"to_address": "right@customer.test"}, "FAILED"),
        ("BOUNCED", "resend", {"to_address": "right@customer.test"}, "BOUNCED"),
        ("QUEUED", "cancel", {"reason": "Wrong bill"}, "CANCELLED"),
        ("QUEUED", "hold", {"reason": "Dispute"}, "HELD"),
        ("HELD", "release", {"reason": "Solved"}, "QUEUED"),
    ],
)
def test_a_button_does_what_it_says(tenant, collector, state, act, typed, after) -> None:
    message = made(tenant, MessageState(state))
    answer = collector.post(f"/t/acme/messages/{message.pk}/{act}/", typed)
    assert answer.status_code == 302
    assert again(message).state == after
    assert (f"/{message.pk}/" in answer.url) == (act != "resend")
    twice = collector.post(f"/t/acme/messages/{message.pk}/{act}/", typed, follow=True)
    assert twice.status_code == 200
    with tenant_scope(tenant.pk):
        assert OutboundMessage.objects.count() == 1 + (act == "resend")


@pytest.mark.parametrize(
    ("state", "act", "typed"),
    [
        ("UNCONFIRMED", "arrived", {"evidence": "  "}),
        ("FAILED", "resend", {"to_address": "two@a.test, three@b.test"}),
        ("QUEUED", "cancel", {"reason": ""}),
        ("HELD", "release", {}),
    ],
)
def test_what_was_typed_wrong_stays_with_a_message_at_the_field(
    tenant, collector, state, act, typed
) -> None:
    message = made(tenant, MessageState(state))
    answer = collector.post(f"/t/acme/messages/{message.pk}/{act}/", typed)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "invalid-feedback" in text
    for value in typed.values():
        assert value.strip() in text
    assert again(message).state == state


def test_the_secret_link_is_nowhere_on_the_page(tenant, collector, link) -> None:
    message = made(
        tenant,
        MessageState.ACCEPTED,
        body_text="See [[test_link]] & pay",
        body_html='<p>See <a href="[[test_link]]">this</a></p><script>alert(1)</script>',
        placeholders={"test_link": "42"},
    )
    text = page(collector, message) + page(collector, message, "html/")
    assert "secret.test" not in text
    assert "[[test_link]]" not in text
    assert "secret link, filled in when the mail leaves" in text
    answer = collector.get(f"/t/acme/messages/{message.pk}/html/")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_attachments_are_handed_out_as_they_were_sent(tenant, collector) -> None:
    with tenant_scope(tenant.pk):
        message = put(attachments=[(pdf(), "账单 1.pdf")])
        attachment = message.attachments.get()
    assert "账单 1.pdf" in page(collector, message)
    answer = collector.get(f"/t/acme/messages/{message.pk}/files/{attachment.pk}/")
    assert answer.content == b"%PDF-1.7 the bill"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    other = made(tenant, MessageState.QUEUED, "two")
    assert collector.get(f"/t/acme/messages/{other.pk}/files/{attachment.pk}/").status_code == 404


def test_names_from_outside_are_text(tenant, collector) -> None:
    message = made(
        tenant, MessageState.QUEUED, to_name="<b>Li</b>", subject="<script>x</script>", body_html=""
    )
    for text in (page(collector, message), collector.get("/t/acme/messages/").content.decode()):
        assert "<script>x" not in text
        assert "<b>Li" not in text


def listed(client: Client, query: str = "") -> str:
    response = client.get(f"/t/acme/messages/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_all_and_narrows(tenant, other_tenant, reader) -> None:
    made(tenant, MessageState.UNCONFIRMED, "a", subject="Alpha", to_address="alpha@one.test")
    made(tenant, MessageState.ACCEPTED, "b", subject="Beta", kind="REMINDER")
    made(other_tenant, MessageState.UNCONFIRMED, "c", subject="Gamma")
    everything = listed(reader)
    assert "Alpha" in everything
    assert "Beta" in everything
    assert "Gamma" not in everything
    assert "Not confirmed" in everything
    for query, shown in {
        "?undecided=on": "Alpha",
        "?state=ACCEPTED": "Beta",
        "?kind=REMINDER": "Beta",
        "?q=alpha@one": "Alpha",
        "?day_after=2026-03-03": "",
        "?day_after=2026-03-02&day_before=2026-03-02&kind=INVOICE": "Alpha",
    }.items():
        text = listed(reader, query)
        assert {name for name in ("Alpha", "Beta") if name in text} == ({shown} - {""}), query


def test_the_list_costs_the_same_for_one_and_for_many(
    tenant, reader, django_assert_num_queries
) -> None:
    def count() -> int:
        from django.db import connection  # noqa: PLC0415 - only here
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        with CaptureQueriesContext(connection) as queries:
            listed(reader)
        return len(queries)

    made(tenant, MessageState.ACCEPTED, "a")
    one = count()
    for number in range(5):
        made(tenant, MessageState.UNCONFIRMED, f"m{number}")
    assert count() == one <= 15


def test_the_list_exports_this_view(tenant, reader) -> None:
    made(tenant, MessageState.ACCEPTED, "a", subject="Alpha")
    answer = reader.get("/t/acme/messages/?export=csv")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert "Alpha" in content.decode("utf-8-sig")


def test_an_empty_list_says_what_it_is_for(tenant, reader) -> None:
    assert "Nothing was sent yet." in listed(reader)

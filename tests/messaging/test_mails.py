"""Whatever people are called, the mail says it, and says nothing else."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email import policy

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import example, given
from hypothesis import strategies as st

from messaging import placeholders
from messaging.mails import content_of, mail_domain, mail_for, new_message_id
from messaging.models import OutboundMessage
from messaging.operations.queue import is_one_line

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
lines = st.text(max_size=60).filter(is_one_line)


def made(**fields: str) -> EmailMultiAlternatives:
    message = OutboundMessage(
        **{
            "id": 1,
            "message_id": "<a@duebook.test>",
            "kind": "INVOICE",
            "to_address": "ap@customer.test",
            "body_text": "B",
        }
        | fields
    )
    message._prefetched_objects_cache = {"attachments": []}
    return mail_for(message, {}, at=NOON)


@given(to_name=lines, from_name=lines, subject=lines.filter(str.strip))
@example(to_name='"', from_name="\\", subject="Re: x")
@example(to_name="a, b <c@d.test>", from_name="(comment)", subject="=?utf-8?q?x?=")
@example(to_name="李娜, \u202e", from_name='Müller "the" & Söhne GmbH' * 2, subject="账单" * 30)
def test_no_name_adds_a_header_or_another_recipient(
    to_name: str, from_name: str, subject: str
) -> None:
    content = content_of(made(to_name=to_name, from_name=from_name, subject=subject))
    head = content.split(b"\r\n\r\n")[0]
    assert b"\n" not in head.replace(b"\r\n", b"")
    mail = email.message_from_bytes(content, policy=policy.default)
    assert set(mail.keys()) == {
        "Content-Type",
        "MIME-Version",
        "Content-Transfer-Encoding",
        "Subject",
        "From",
        "To",
        "Message-ID",
        "Date",
        "X-Duebook-Message",
        "Content-Language",
    }
    assert [one.addr_spec for one in mail["To"].addresses] == ["ap@customer.test"]
    assert len(mail["From"].addresses) == 1


@pytest.mark.parametrize("names", [("账单.pdf",), ("a.pdf", "a.pdf"), ("a b'\"(1).pdf", "x.txt")])
def test_attachments_arrive_byte_for_byte(names) -> None:
    mail = EmailMultiAlternatives("S", "B", "a@b.test", ["c@d.test"])
    mail.attach_alternative("<p>B</p>", "text/html")
    contents = [bytes(range(256)) * 7 + name.encode() for name in names]
    for name, content in zip(names, contents, strict=True):
        mail.attach(name, content, "application/pdf")
    read = email.message_from_bytes(content_of(mail), policy=policy.default)
    found = [(part.get_filename(), part.get_content()) for part in read.iter_attachments()]
    assert found == list(zip(names, contents, strict=True))
    assert read.get_body(("plain",)).get_content().strip() == "B"
    assert "<p>B</p>" in read.get_body(("html",)).get_content()
    assert len(mail.attachments) == len(names)  # the mail itself is left as it was


def test_a_text_file_is_attached_too() -> None:
    mail = EmailMultiAlternatives("S", "B", "a@b.test", ["c@d.test"])
    mail.attach("ä.txt", "Grüße", "text/plain")
    [part] = email.message_from_bytes(content_of(mail), policy=policy.default).iter_attachments()
    assert part.get_payload(decode=True) == "Grüße".encode()


def test_a_message_id_is_of_the_platforms_domain(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Duebook <billing@mail.example.test>"
    assert mail_domain() == "mail.example.test"
    assert new_message_id().endswith("@mail.example.test>")
    settings.DEFAULT_FROM_EMAIL = "nobody"
    settings.SITE_URL = "https://pay.example.test:8443/x"
    assert mail_domain() == "pay.example.test"


def test_a_placeholder_is_filled_once_and_only_if_it_is_ours() -> None:
    texts = {"link": "https://x.test/?a=1&b=[[other]]", "other": "no"}
    filled = placeholders.fill("[[link]] [[Link]] [[nobody]] [[[[link]]]]", texts)
    assert filled == (
        "https://x.test/?a=1&b=[[other]] [[Link]] [[nobody]] [[https://x.test/?a=1&b=[[other]]]]"
    )
    assert placeholders.fill("[[link]]", {"link": '<&">'}, is_html=True) == "&lt;&amp;&quot;&gt;"


def test_placeholders_of_one_kind_are_numbered(monkeypatch) -> None:
    monkeypatch.setitem(placeholders._RESOLVERS, "link", lambda reference: f"<{reference}>")
    assert placeholders.resolve({"link_1": "7", "link_12": "8"}) == {
        "link_1": "<7>",
        "link_12": "<8>",
    }
    with pytest.raises(placeholders.UnknownPlaceholder):
        placeholders.require_known({"link_0": "7"})


@pytest.mark.parametrize("name", ["", "A", "a b", "a-b", "[[a]]", "link_1"])
def test_a_placeholder_needs_a_plain_name(name) -> None:
    with pytest.raises(ValueError, match="no name"):
        placeholders.register(name, str)

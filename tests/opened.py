"""Forms that say what they showed are opened before they are sent, see ``core.seen``."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.crawl.pages import Form, Page


def form_in(answer: Any, url: str, field: str = "seen") -> Form:
    """Return the form of a page that carries a note of what it showed, or another field."""
    page = Page(f"http://testserver{url}", answer.content.decode())
    return next(form for form in page.posts() if field in form.names)


def opened(client: Client, url: str) -> Form:
    return form_in(client.get(url), url)


def seen_at(client: Client, url: str) -> dict[str, str]:
    """Return the note of the page as it stands, for a test that writes the fields itself."""
    return {"seen": dict(opened(client, url).values)["seen"]}


def send(client: Client, form: Form, changes: dict[str, Any]) -> Any:
    """Send an opened form with some fields typed otherwise; None leaves a field out."""
    data = {**form.data(), **changes}
    sent = {name: value for name, value in data.items() if value is not None}
    return client.post(form.action.removeprefix("http://testserver"), sent)

"""What a page offers: its links, and its forms with what a browser would send unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

# What a person types into; everything else is chosen, and sent as the page has it.
TYPED = {"text", "search", "email", "tel", "url", "number", "date", "month", "password", "textarea"}


@dataclass
class Form:
    """
    A form of a page; ``values`` in the page's order, ``typed`` the names a person fills in.

    :ivar files: of each field for a file its name, and the kinds of files it asks for
    """

    method: str
    action: str
    values: list[tuple[str, str]] = field(default_factory=list)
    typed: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({name for name, _value in self.values}))

    def data(self, **changes: str) -> dict[str, list[str]]:
        """Return what is sent, with the values of some names replaced."""
        sent: dict[str, list[str]] = {}
        for name, value in [*self.values, *self.buttons[:1]]:
            sent.setdefault(name, []).append(changes.get(name, value))
        return sent


class Page(HTMLParser):
    """Read the links and forms out of a page's text."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.url, self.links, self.forms = url, set[str](), list[Form]()
        self._form: Form | None = None
        self._by_id: dict[str, Form] = {}
        self._select: tuple[Form, str, list[tuple[str | None, bool]]] | None = None
        self._textarea: tuple[Form, str] | None = None
        self._text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given and "download" not in given:
            self._link(given["href"])
        elif tag == "form":
            action = urljoin(self.url, given.get("action") or self.url)
            self._form = Form(given.get("method", "get").lower(), action)
            self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
        elif tag == "option" and self._select:
            self._select[2].append((given.get("value"), "selected" in given))
        else:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form = self._by_id.get(given["form"]) if "form" in given else self._form
        name, kind = given.get("name", ""), given.get("type", "text").lower()
        if form is None or not name or "disabled" in given:
            return
        if tag == "select":
            self._select = (form, name, [])
        elif tag == "textarea":
            self._textarea, self._text = (form, name), ""
            form.typed.add(name)
        elif tag == "button" or (tag == "input" and kind == "submit"):
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and kind == "file":
            form.files[name] = given.get("accept", "")
        elif tag == "input" and not (kind in {"checkbox", "radio"} and "checked" not in given):
            form.values.append((name, given.get("value", "on" if kind == "checkbox" else "")))
            if kind in TYPED:
                form.typed.add(name)

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._text += data
        elif self._select and self._select[2] and self._select[2][-1][0] is None:
            self._select[2][-1] = (data.strip(), self._select[2][-1][1])  # its text is its value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._textarea:
            form, name = self._textarea
            form.values.append((name, self._text.removeprefix("\n")))
            self._textarea = None
        elif tag == "select" and self._select:
            form, name, options = self._select
            chosen = [value for value, selected in options if selected] or [
                value for value, _selected in options[:1]
            ]
            form.values += [(name, value or "") for value in chosen]
            self._select = None

    def _link(self, href: str) -> None:
        url = urldefrag(urljoin(self.url, href))[0]
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.netloc == "testserver":
            self.links.add(url)

    def posts(self) -> Iterator[Form]:
        return (form for form in self.forms if form.method == "post")

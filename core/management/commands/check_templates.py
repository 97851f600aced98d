"""Compile every template and refuse what the pages must not contain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import engines
from django.template.base import Lexer, TokenType
from django.template.exceptions import TemplateDoesNotExist, TemplateSyntaxError

# Documents and mails are no pages: WeasyPrint and mail programs need their styles inline.
NOT_PAGES = ("documents/", "mail/", "mails/", "messages/mail/")
NOT_A_PAGE = "{# not a page"
SPOKEN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "data-confirm", "data-hint"}
SILENT_TAGS = {"script", "style", "code", "template", "svg"}
# Names and abbreviations that are the same in every language.
SAME_EVERYWHERE = {
    "Duebook",
    "English",
    "CSV",
    "XLSX",
    "Excel",
    "PDF",
    "API",
    "ID",
    "IBAN",
    "BIC",
    "SHA",
    "URL",
}
WORD = re.compile(r"[A-Za-z]{2,}")
ICON = re.compile(r"{%\s*icon\s+[\"']([a-z0-9-]+)[\"']")
ENTITY = re.compile(r"&#?[a-zA-Z0-9]+;")
IN_AN_ATTRIBUTE = re.compile(r"block \w+_class$")  # fills a class attribute of the parent template
PLACE = "\ue000"


class Command(BaseCommand):
    help = "Compile all templates; refuse inline style and script, and text that is not translated."

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR / "templates"
        icons = known_icons()
        problems = [
            f"{path.relative_to(settings.BASE_DIR)}:{line}: {problem}"
            for path in sorted(root.rglob("*.html")) + sorted(root.rglob("*.txt"))
            for line, problem in problems_of(path, path.relative_to(root).as_posix(), icons)
        ]
        if problems:
            raise CommandError("\n".join(problems))


def known_icons() -> set[str] | None:
    """Return the names in the sprite; None where the front-end files are not installed."""
    sprite = settings.VENDOR_ROOT / "icons" / "sprite.svg"
    if not sprite.exists():
        return None
    return set(re.findall(r'<symbol[^>]* id="([^"]+)"', sprite.read_text()))


def problems_of(path: Path, name: str, icons: set[str] | None) -> Iterator[tuple[int, str]]:
    """Yield line and description of what is wrong with one template."""
    try:
        engines["django"].get_template(name)
    except (TemplateSyntaxError, TemplateDoesNotExist) as error:
        yield 1, f"does not compile: {error}"
        return
    source = path.read_text(encoding="utf-8")
    for match in ICON.finditer(source):
        if icons is not None and match[1] not in icons:
            yield source[: match.start()].count("\n") + 1, f"there is no icon {match[1]}"
    if not name.endswith(".html") or name.startswith(NOT_PAGES) or NOT_A_PAGE in source:
        return
    reader = _PageReader()
    reader.feed(without_tags(source))
    reader.close()
    yield from reader.problems


def without_tags(source: str) -> str:
    """Return the HTML with template tags as a private-use sign and translated text as blanks."""
    parts, blank = [], ""
    for token in Lexer(source).tokenize():
        lines = "\n" * token.contents.count("\n")
        if token.token_type == TokenType.TEXT:
            parts.append(lines if blank else token.contents)
        elif token.token_type == TokenType.BLOCK:
            word = token.contents.split(maxsplit=1)[0]
            if word in {"blocktranslate", "blocktrans", "comment", "verbatim"}:
                blank = f"end{word}"
            elif IN_AN_ATTRIBUTE.match(token.contents):
                blank = "endblock"
            elif word == blank:
                blank = ""
            parts.append(PLACE + lines)
        else:
            parts.append(PLACE + lines)
    return "".join(parts)


class _PageReader(HTMLParser):
    """Collects what a page of the house does not contain."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.problems: list[tuple[int, str]] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name.strip() for name, _value in attrs}
        if tag == "style":
            self._say("a <style> element: the policy of the pages refuses it")
        if tag == "script" and "src" not in names:
            self._say("an inline <script>: the policy of the pages refuses it")
        for name, value in attrs:
            self._judge_attribute(name, value or "")
        if tag in SILENT_TAGS:
            self.silent.append(tag)

    def _judge_attribute(self, name: str, value: str) -> None:
        if name == "style":
            self._say("a style attribute: use a class")
        elif name.startswith("on"):
            self._say(f"an {name} attribute: listen in a script")
        elif value.strip().lower().startswith("javascript:"):
            self._say(f"a javascript: address in {name}")
        elif name in SPOKEN_ATTRIBUTES:
            self._judge(value, f"in {name}")

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._judge(data, "as text")

    def _judge(self, text: str, where: str) -> None:
        words = [
            word for word in WORD.findall(ENTITY.sub(" ", text)) if word not in SAME_EVERYWHERE
        ]
        if words:
            self._say(f"untranslated {where}: {' '.join(words)[:60]!r}")

    def _say(self, problem: str) -> None:
        self.problems.append((self.getpos()[0], problem))

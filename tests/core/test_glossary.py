"""One thing has one word: the Chinese texts say what docs/glossary.md agreed on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]

# Sayings in which an English word means something else, or nothing of its own.
NOT_MEANT = (
    "read receipt", "due on receipt", "bank charges", "reverse charge", "acceptance bill",
    "bill to", "next bill on", "no bill to review", "bills the same period", "not issued",
    "call the company that sent the invoice", "company register", "despite our reminders",
    "between two reminders", "firm reminder", "friendly reminder", "final reminder",
)  # fmt: skip
# What else may be said, where the sentence asks for it.
ALSO = {
    "bill": ("出账", "开单"),
    "instalment": ("期次",),  # the column that counts them
    "reminder": ("提醒", "催收策略"),  # after "customer" or "today's", of what is plain
}
# Nouns stand for their thing in every sentence. Words that are verbs and states, too, are looked at
# where they stand alone: in a sentence they bend.
NOUNS = {
    "invoice", "bill", "tax invoice", "instalment", "open item", "receipt", "unused credit",
    "charge", "recurring schedule", "product", "payment terms", "credit limit", "reminder", "aging",
    "not confirmed", "data scope", "team", "company", "statement of account", "draft",
}  # fmt: skip
# Other things of the same English name, by the context that says so.
OTHER = {
    ("owner", "view"), ("owner", ""), ("undo", ""), ("period", ""), ("bill", ""),
    ("void", "document"), ("void", "action"), ("issued", "day"),
}  # fmt: skip
# Words that the glossary sets apart, and when they may stand after all.
APART = {
    "发票": re.compile(r"tax invoice|fapiao|vat", re.IGNORECASE),
    "收据": re.compile(r"paper"),
    "票据": re.compile(r"acceptance", re.IGNORECASE),
    "坏账": re.compile(r"written? off|write-off|bad debt", re.IGNORECASE),
}


@dataclass(frozen=True)
class Said:
    """One text and its Chinese; of several forms, all of them."""

    context: str
    english: str
    chinese: str


@cache
def texts() -> list[Said]:
    path = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale="zh_Hans")
    joined = [
        (m.context or "", *(" / ".join(x) if isinstance(x, tuple) else x for x in (m.id, m.string)))
        for m in catalog
        if m.id
    ]
    return [Said(*one) for one in joined]


def agreed() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return each English word of the glossary, and its Chinese one: any, where there are more."""
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or cells[0] in {"English", "---"}:
            continue
        english, chinese = cells[0].lower().split(", "), re.split(r"、| / ", cells[1])
        for place, word in enumerate(english):
            yield word, (chinese[place],) if len(chinese) == len(english) else tuple(chinese)


def meant(english: str) -> str:
    """Return the text without what is filled in and without sayings."""
    text = re.sub(r"%\(\w+\)s|\{\w*\}", " ", english).lower()
    for saying in NOT_MEANT:
        text = text.replace(saying, " ")
    return text


def test_the_glossary_is_read_whole() -> None:
    words = dict(agreed())
    assert words["invoice"] == words["bill"] == ("账单",)
    assert words["approved"] == ("已审核",)
    assert words.keys() >= NOUNS
    assert len(words) > 30


@pytest.mark.parametrize(("word", "chinese"), [pytest.param(*one, id=one[0]) for one in agreed()])
def test_a_word_of_the_glossary_has_its_chinese(word: str, chinese: tuple[str, ...]) -> None:
    accepted = (*chinese, *ALSO.get(word, ()))
    whole = re.compile(rf"\b{re.escape(word)}s?\b")
    wrong = [
        f"{said.english!r} -> {said.chinese!r}"
        for said in texts()
        if (whole.search(meant(said.english)) if word in NOUNS else said.english.lower() == word)
        and not any(one in said.chinese for one in accepted)
        and (word, said.context) not in OTHER
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("word", APART)
def test_a_word_that_is_set_apart_stands_only_where_it_is_meant(word: str) -> None:
    wrong = [
        f"{said.english!r} -> {said.chinese!r}"
        for said in texts()
        if word in said.chinese and not APART[word].search(said.english)
    ]
    assert not wrong, "\n".join(wrong)

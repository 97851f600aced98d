"""What a text is found by: its own letters, and Chinese ones by pinyin and initials.

上海科技 is found by 上海, by ``shanghaikeji`` and by ``shkj``. A character that is read in two ways
in names (重: zhong, chong) gives a variant for each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Any

# Readings that names differ in; pypinyin's own, chosen by the words around, always comes first.
READINGS = {
    "重": ("zhong", "chong"),
    "单": ("dan", "shan"),
    "行": ("xing", "hang"),
    "长": ("chang", "zhang"),
    "乐": ("le", "yue"),
    "厦": ("sha", "xia"),
    "都": ("du", "dou"),
    "会": ("hui", "kuai"),
    "曾": ("zeng", "ceng"),
    "仇": ("qiu", "chou"),
    "解": ("jie", "xie"),
    "朴": ("pu", "piao"),
    "盛": ("sheng", "cheng"),
    "朝": ("chao", "zhao"),
    "调": ("diao", "tiao"),
    "藏": ("cang", "zang"),
    "区": ("qu", "ou"),
    "查": ("cha", "zha"),
    "覃": ("qin", "tan"),
    "薄": ("bo", "bao"),
    "车": ("che", "ju"),
    "宿": ("su", "xiu"),
    "尉": ("wei", "yu"),
    "召": ("zhao", "shao"),
}
MOST_VARIANTS = 6
REMEMBERED = 8192  # texts whose spellings are kept: the same products are asked for all day
MOST_BYTES = 2000  # of a key: it stands in an index, whose rows end at 2704
_LETTERS = "\u3400-\u9fff\U00020000-\U0003134f"
_HAN = re.compile(f"[{_LETTERS}]")
_RUNS = re.compile(rf"[{_LETTERS}]+|(?:(?![{_LETTERS}])[^\W_])+")
_BREAKS = re.compile(r"[\s\x00]+")


def plain(text: str) -> str:
    """Return the text as keys write it: lower case, half-width, one space between words."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _BREAKS.sub(" ", folded).strip()


def key_of(*texts: str) -> str:
    """
    Return what the texts are found by, as words between single spaces, with one at each end.

    ``contains " word"`` finds where a word begins, ``contains "word"`` any part of one.
    """
    parts = [plain(text) for text in texts]
    for text in texts:
        parts += spellings(text)
    words = " ".join(dict.fromkeys(part for part in parts if part))
    return f" {_cut(words, MOST_BYTES - 2)} " if words else ""


def spellings(text: str) -> list[str]:
    """Return a text with Chinese in it in full pinyin and in initials, by each of its readings."""
    return list(_spelled(text)) if _HAN.search(text) else []


@lru_cache(maxsize=REMEMBERED)
def _spelled(text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for reading in islice(product(*_choices(plain(text))), MOST_VARIANTS):
        found["".join(full for full, _short in reading)] = None
        found["".join(short for _full, short in reading)] = None
    return tuple(found)


def words_of(text: str) -> list[str]:
    """Return the words of what somebody seeks, each to be found."""
    return plain(text).split()


def _choices(text: str) -> Iterator[list[tuple[str, str]]]:
    """Return of each character, or word in other letters, its readings, in full and in short."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its dictionaries are read when first needed

    for run in _RUNS.findall(text):
        if not _HAN.match(run):
            yield [(run, run)]
            continue
        unknown: Any = list  # a character without a reading stands for itself
        for character, first in zip(run, lazy_pinyin(run, errors=unknown), strict=True):
            readings = dict.fromkeys((first, *READINGS.get(character, ())))
            yield [(reading, reading[0]) for reading in readings]


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore").rstrip()

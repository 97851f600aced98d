"""What the set-up puts into var/vendor and var/fonts."""

import os
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from devtools.fonts import CHINESE, LATIN
from devtools.frontend import SERVED, icon_names

VENDOR = Path(os.environ["VENDOR_ROOT"])
FONTS = Path(os.environ["PDF_FONT_ROOT"])


def test_icons_are_listed_once_and_in_order():
    assert icon_names() == sorted(set(icon_names()))


def test_sprite_has_every_icon():
    sprite = (VENDOR / "icons" / "sprite.svg").read_text()
    assert re.findall(r'<symbol id="([^"]+)"', sprite) == icon_names()


@pytest.mark.parametrize("name", [name for name in SERVED if not name.startswith("licences/")])
def test_served_file_names_no_source_map(name):
    content = (VENDOR / name).read_bytes()
    assert content
    assert b"sourceMappingURL" not in content


@pytest.mark.parametrize("name", CHINESE)
def test_chinese_face_has_rare_names_and_marks(name):
    with TTFont(FONTS / name) as font:
        assert set(map(ord, "龘喆堃昇玥璟收款账本¥￥€（）「」①→AZaz09")) <= set(font.getBestCmap())


@pytest.mark.parametrize("name", LATIN)
def test_latin_face_has_extended_latin_and_neighbours(name):
    if not (FONTS / name).exists():
        pytest.skip("this machine fell back to a system face")
    with TTFont(FONTS / name) as font:
        assert set(map(ord, "Łódź Škoda Nguyễn Ελλάδα Москва €£–“”")) <= set(font.getBestCmap())

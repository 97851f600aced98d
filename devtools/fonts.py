"""The faces of the PDF documents in var/fonts: Noto Sans SC cut to GBK, Noto Sans to Latin.

TrueType, uncompressed and cut, because WeasyPrint unpacks WOFF2 for each document (20 s), and an
uncut face costs more time and space. Under the SIL Open Font Licence, kept beside them.
"""

import shutil
from itertools import chain
from pathlib import Path

from devtools.base import ROOT, VAR, fingerprint, is_stamped, say, warn
from devtools.frontend import MODULES

FONTS = VAR / "fonts"
PACKAGES = MODULES / "@expo-google-fonts"
CHINESE = {
    "NotoSansSC-400.ttf": "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    "NotoSansSC-700.ttf": "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
}
LATIN = {
    "NotoSans-400.ttf": "noto-sans/400Regular/NotoSans_400Regular.ttf",
    "NotoSans-700.ttf": "noto-sans/700Bold/NotoSans_700Bold.ttf",
}
LICENCES = {
    "OFL-NotoSansSC.txt": "noto-sans-sc/LICENSE_FONT",
    "OFL-NotoSans.txt": "noto-sans/LICENSE_FONT",
}
# Tried in this order where npm brought no face: a collection, and the family in it.
SYSTEM = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-{}.ttc", "Noto Sans CJK SC"),
    ("/usr/share/fonts/opentype/noto-cjk/NotoSansCJK-{}.ttc", "Noto Sans CJK SC"),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-{}.ttc", "Noto Sans CJK SC"),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "WenQuanYi Micro Hei"),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "WenQuanYi Zen Hei"),
    ("/System/Library/Fonts/PingFang.ttc", "PingFang SC"),
    ("/System/Library/Fonts/STHeiti Medium.ttc", "Heiti SC"),
)
MARKS = (
    (0x20, 0x250),  # Latin with its extensions
    (0x2000, 0x2070),  # dashes, quotes
    (0x20A0, 0x20C1),  # currencies
    (0x2100, 0x2150),  # letter-like: number sign, trade mark
    (0x2190, 0x2200),  # arrows
    (0x2200, 0x2300),  # mathematics
    (0x2460, 0x24FF),  # numbers in circles
    (0x2500, 0x2600),  # lines and boxes
    (0x3000, 0x3040),  # Chinese punctuation
    (0x3040, 0x3100),  # kana, in the names of Japanese customers
    (0x31F0, 0x3200),  # and its small forms
    (0x3200, 0x3400),  # enclosed and square forms
    (0xFF00, 0xFFF0),  # full-width forms
)
# Rare characters of names, as many of them as the face has: 䶮, 㛂.
RARE = ((0x3400, 0x4DC0), (0x9FA6, 0xA000), (0x20000, 0x32000))
LETTERS = (*MARKS[:5], (0x250, 0x530), (0x1E00, 0x2000))  # and Greek, Cyrillic, Vietnamese


def gbk() -> set[int]:
    """Return the Chinese characters of GBK, with the marks a document uses."""
    pairs = (bytes([high, low]) for high in range(0x81, 0xFF) for low in range(0x40, 0xFF))
    text = (pair.decode("gbk", errors="ignore") for pair in pairs)
    han = {ord(character) for character in chain.from_iterable(text)}
    return {point for point in han if 0x4E00 <= point <= 0x9FFF} | points(MARKS)


def points(ranges: tuple[tuple[int, int], ...]) -> set[int]:
    """Return the code points of half-open ranges."""
    return set(chain.from_iterable(range(low, high) for low, high in ranges))


def prepare_fonts() -> None:
    """Make var/fonts; a machine without the faces falls back to a system font and says so."""
    want = fingerprint(ROOT / "package-lock.json", Path(__file__))
    if is_stamped(FONTS / ".made", want):
        return
    FONTS.mkdir(parents=True, exist_ok=True)
    if not all((PACKAGES / source).exists() for source in (CHINESE | LATIN).values()):
        _fall_back()
        return
    say("cutting the PDF faces")
    for target, source in CHINESE.items():
        cut(PACKAGES / source, FONTS / target, gbk() | points(RARE))
    for target, source in LATIN.items():
        cut(PACKAGES / source, FONTS / target, points(LETTERS))
    for target, source in LICENCES.items():
        if (PACKAGES / source).exists():
            shutil.copy(PACKAGES / source, FONTS / target)
    (FONTS / ".made").write_text(want)


def cut(source: Path, target: Path, characters: set[int]) -> None:
    """Write a face with only these characters."""
    from fontTools import subset  # exists only once .venv does

    options = subset.Options()
    options.layout_features = ["kern", "liga", "locl", "palt", "vert", "tnum", "lnum"]
    options.hinting = False
    options.notdef_outline = True
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    part = target.with_suffix(".part")
    subset.save_font(font, str(part), options)
    part.rename(target)


def _fall_back() -> None:
    """Use a Chinese face of the system, if there is one, until npm can bring ours."""
    for pattern, family in SYSTEM:
        faces = [Path(pattern.format(style)) for style in ("Regular", "Bold")]
        if not faces[0].exists():
            continue
        warn(f"the PDF faces could not be fetched: documents use {family} of this system")
        stamp = FONTS / ".made"
        if not is_stamped(stamp, family):
            for target, face in zip(CHINESE, faces, strict=True):
                take(face if face.exists() else faces[0], family, FONTS / target)
            stamp.write_text(family)
        return
    warn("there is no Chinese face for PDF documents: install fonts-noto-cjk and start again")


def take(collection: Path, family: str, target: Path) -> None:
    """Write one family of a font collection to a file of its own, uncut: cutting takes minutes."""
    from fontTools.ttLib import TTCollection  # exists only once .venv does

    with TTCollection(str(collection), lazy=True) as fonts:
        names = [font["name"].getBestFamilyName() for font in fonts]
        fonts[names.index(family) if family in names else 0].save(target)

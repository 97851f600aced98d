"""ISO 3166-1: the countries, their names in the reader's language, and what is usual there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from babel import Locale
from django.utils.translation import get_language

from core.models.tenant import TaxMode

_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_CODES.split())


@dataclass(frozen=True, slots=True)
class Usual:
    """What a new company of a country starts with, where nothing else is said."""

    time_zone: str = "UTC"
    language: str = "en"
    tax_mode: TaxMode = TaxMode.DOCUMENT


_USUAL = {
    "CN": Usual("Asia/Shanghai", "zh-hans", TaxMode.LINE),
    "AT": Usual("Europe/Vienna"),
    "AU": Usual("Australia/Sydney"),
    "BE": Usual("Europe/Brussels"),
    "CA": Usual("America/Toronto"),
    "CH": Usual("Europe/Zurich"),
    "CZ": Usual("Europe/Prague"),
    "DE": Usual("Europe/Berlin"),
    "DK": Usual("Europe/Copenhagen"),
    "ES": Usual("Europe/Madrid"),
    "FI": Usual("Europe/Helsinki"),
    "FR": Usual("Europe/Paris"),
    "GB": Usual("Europe/London"),
    "HK": Usual("Asia/Hong_Kong"),
    "IE": Usual("Europe/Dublin"),
    "IN": Usual("Asia/Kolkata"),
    "IT": Usual("Europe/Rome"),
    "JP": Usual("Asia/Tokyo"),
    "KR": Usual("Asia/Seoul"),
    "KW": Usual("Asia/Kuwait"),
    "MO": Usual("Asia/Macau"),
    "MY": Usual("Asia/Kuala_Lumpur"),
    "NL": Usual("Europe/Amsterdam"),
    "NO": Usual("Europe/Oslo"),
    "NZ": Usual("Pacific/Auckland"),
    "PL": Usual("Europe/Warsaw"),
    "PT": Usual("Europe/Lisbon"),
    "SE": Usual("Europe/Stockholm"),
    "SG": Usual("Asia/Singapore"),
    "TW": Usual("Asia/Taipei"),
    "US": Usual("America/New_York"),
}

COMMON = ("CN", "DE", "GB", "US", "HK", "SG", "JP", "FR")

# Where value added tax follows the directive of the European Union.
_UNION = """
AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
"""
EUROPEAN_UNION = frozenset(_UNION.split())


def usual(country: str) -> Usual:
    """Return what is usual in the country; UTC, English and document rounding where unknown."""
    return _USUAL.get(country, Usual())


def country_name(code: str) -> str:
    """Return the country's name in the active language; the code itself for an unknown one."""
    return _names(get_language() or "en").get(code, code)


def country_choices() -> list[tuple[str, str]]:
    """Return every country as a form choice in the active language, the common ones first."""
    names = _names(get_language() or "en")
    rest = sorted(COUNTRIES - set(COMMON), key=lambda code: names[code])
    return [(code, names[code]) for code in (*COMMON, *rest)]


@cache
def _names(language: str) -> dict[str, str]:
    known = Locale.parse("zh_Hans" if language.startswith("zh") else "en").territories
    return {code: known[code] for code in COUNTRIES}

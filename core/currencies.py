"""ISO 4217: the currencies in use and the number of decimal places each has."""

_TWO_PLACES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK
MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
"""
_OTHER_PLACES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

MINOR_UNITS: dict[str, int] = dict.fromkeys(_TWO_PLACES.split(), 2) | {
    code: places for places, codes in _OTHER_PLACES.items() for code in codes.split()
}

COMMON = ("CNY", "EUR", "USD", "GBP", "JPY", "HKD", "SGD", "AUD", "CHF", "KWD")


def currency_choices() -> list[tuple[str, str]]:
    """Return every code as a form choice, the common ones first."""
    rest = sorted(set(MINOR_UNITS) - set(COMMON))
    return [(code, code) for code in (*COMMON, *rest)]

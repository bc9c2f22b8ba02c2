"""How many decimals an amount of a currency has: the minor units of ISO 4217."""

from collections.abc import Mapping

_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ
GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD
MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON
RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_OTHERS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_UNITS: Mapping[str, int] = dict.fromkeys(_TWO.split(), 2) | {
    code: units for units, codes in _OTHERS.items() for code in codes.split()
}
# They have a code, and nothing that could be counted out to somebody.
WITHOUT_MINOR_UNIT = frozenset("XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX".split())
# As people in Chile write it; the code is CLF.
ALIASES: Mapping[str, str] = {"UF": "CLF"}


def minor_units(currency: str) -> int:
    """0 for CLP, 2 for PEN and USD, 4 for the UF (CLF). ValueError, with its reason, where there is none."""
    code = ALIASES.get(currency, currency)
    if code in WITHOUT_MINOR_UNIT:
        raise ValueError(f"{currency} has no minor unit: no amount can be rounded to it (ISO 4217)")
    if code not in MINOR_UNITS:
        raise ValueError(f"«{currency}» is no currency of ISO 4217")
    return MINOR_UNITS[code]

"""What people of a country, and things from there, are called in English."""

from collections.abc import Mapping
from functools import cache

DEMONYMS = """
AE Emirati
AR Argentine|Argentinian
AT Austrian
AU Australian|Aussie
BE Belgian
BG Bulgarian
BR Brazilian
CA Canadian
CH Swiss
CL Chilean
CN Chinese
CO Colombian
CY Cypriot
CZ Czech
DE German
DK Danish|Dane
EE Estonian
EG Egyptian
ES Spanish|Spaniard
FI Finnish|Finn
FR French
GB British|Brit|English|Scottish|Welsh
GR Greek
HK Hongkonger
HR Croatian
HU Hungarian
ID Indonesian
IE Irish
IL Israeli
IN Indian
IS Icelandic
IT Italian
JP Japanese
KR Korean
LT Lithuanian
LU Luxembourgish
LV Latvian
MT Maltese
MX Mexican
MY Malaysian
NG Nigerian
NL Dutch
NO Norwegian
NZ Kiwi
PH Filipino
PK Pakistani
PL Polish|Pole
PT Portuguese
RO Romanian
RS Serbian
RU Russian
SA Saudi
SE Swedish|Swede
SG Singaporean
SI Slovenian
SK Slovak
TH Thai
TR Turkish
TW Taiwanese
UA Ukrainian
US American
VN Vietnamese
ZA South African
"""


@cache
def load_demonyms() -> Mapping[str, str]:
    """Code of the country by demonym in lower case, in the singular."""
    return {
        name.casefold(): code
        for code, names in (line.split(" ", 1) for line in DEMONYMS.split("\n") if line)
        for name in names.split("|")
    }

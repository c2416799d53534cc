"""Names of countries beside CLDR's: those of ISO 3166, former, short and colloquial ones."""

OTHER_NAMES = """
AE UAE|Emirates|الإمارات
AT Oesterreich
BA Bosnia
BN Brunei Darussalam
BO Bolivia, Plurinational State of
BQ Bonaire, Sint Eustatius and Saba|Bonaire
CC Cocos Islands
CD Congo, The Democratic Republic of the|Democratic Republic of the Congo|DR Congo|Congo
CG Republic of the Congo|Congo
CI Ivory Coast
CN People's Republic of China|PRC
CV Cabo Verde
CZ Czech Republic
DE Federal Republic of Germany|Bundesrepublik Deutschland
FK Falkland Islands (Malvinas)|Malvinas
FM Micronesia, Federated States of|Federated States of Micronesia
GB UK|Great Britain|Britain|England|Scotland|Wales|Northern Ireland
GB United Kingdom of Great Britain and Northern Ireland
GR EL
HK Hong Kong|Hong Kong SAR|香港
IE Republic of Ireland|Eire
IR Iran, Islamic Republic of|Islamic Republic of Iran
KG Kyrgyz Republic
KP Korea, Democratic People's Republic of|Democratic People's Republic of Korea
KR Korea, Republic of|Republic of Korea|Korea|한국
LA Lao People's Democratic Republic
MD Moldova, Republic of|Republic of Moldova
MF Saint Martin (French part)
MK Macedonia|Republic of North Macedonia
MM Myanmar|Burma
MO Macau|Macao|Macao SAR|澳門|澳门
NL Holland|Kingdom of the Netherlands|Netherlands, Kingdom of the
PN Pitcairn
PS Palestine|Palestine, State of|State of Palestine
RU Russian Federation
SH St Helena
SK Slovak Republic
SX Sint Maarten (Dutch part)
SY Syrian Arab Republic
SZ Swaziland
TF French Southern Territories
TL East Timor
TR Turkey
TW Taiwan, Province of China|中華民國
TZ Tanzania, United Republic of|United Republic of Tanzania
UM US minor outlying islands|United States Minor Outlying Islands
US United States of America|America
VA Holy See (Vatican City State)|Holy See|Vatican
VC St Vincent
VE Venezuela, Bolivarian Republic of
VG Virgin Islands, British|Virgin Islands
VI Virgin Islands, U.S.|Virgin Islands of the United States|Virgin Islands
WS Western Samoa
"""
"""A line each: a country's code and its names. A name of two countries is ambiguous."""

"""Two forms of an e-mail address: the one that identifies a person, and the one for mail servers.

A domain with other letters than ASCII has two spellings, in Unicode and in ASCII
(`münchen.de`, `xn--mnchen-3ya.de`): IDNA 2008. Pure.
"""

import unicodedata

import idna


def normalize_address(address: str) -> str:
    """One form of an address that may be spelled in several: lower case, composed characters
    (NFC), the domain in Unicode."""
    plain = unicodedata.normalize("NFC", address.strip().lower())
    local_part, at, domain = plain.rpartition("@")
    try:
        return f"{local_part}{at}{idna.decode(domain, uts46=True)}"
    except (idna.IDNAError, UnicodeError):
        return plain


def encode_domain(address: str) -> str:
    """The address with its domain in ASCII, which every mail server takes."""
    local_part, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local_part}{at}{idna.encode(domain, uts46=True).decode()}"
    except (idna.IDNAError, UnicodeError):
        return address

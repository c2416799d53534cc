"""Words too common to distinguish products: neither indexed nor searched."""

_COMMON = """a an and are as at be but by for if in into is it no not of on or such that
the their then there these they this to was will with"""

STOP_WORDS = frozenset(_COMMON.split())

"""Words too common to distinguish products."""

_COMMON = """a an and are as at be but by for if in into is it no not of on or such that
the their then there these they this to was will with"""

STOP_WORDS = frozenset(_COMMON.split())
"""Neither indexed nor searched."""

_OF_SENTENCES = """i me my you your we our its myself yourself ourselves
what which who whom whose how when where why
been being were do does did doing done would could should has have had having im ive dont doesnt
didnt cant wont isnt couldnt shouldnt
need needs want wants get gets so than too very just also because from about
something anything nothing everything someone somebody anyone anybody nobody everyone everybody
thing things stuff please"""

SENTENCE_WORDS = STOP_WORDS | frozenset(_OF_SENTENCES.split())
"""Not searched where the text has words enough besides: of "something so nobody can steal my
laptop" they are what a product has by chance. `can`, `us` and `am` are not among them: watering
cans, US keyboards, AM radios."""

"""Search texts as they are recorded: without what may identify a person. Pure."""

import re

from webapp.kit.payment_cards import CODE_MASK, mask_payment_cards

EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
EMAIL_MASK = "[e-mail]"


def mask_personal_data(text: str) -> str:
    """Mask e-mail addresses and card numbers, which people type or paste by mistake."""
    return mask_payment_cards(EMAIL.sub(EMAIL_MASK, text))


def has_mask(text: str) -> bool:
    """Whether it had personal data."""
    return EMAIL_MASK in text or CODE_MASK in text

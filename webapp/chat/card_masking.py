"""Masks card numbers that a client sends in parts, over several messages."""

from dataclasses import dataclass, field

from webapp.kit.payment_cards import (
    MAX_DIGITS,
    list_digit_groups,
    mask_code_after,
    mask_number_part,
)


@dataclass
class CardParts:
    """What the earlier messages of a connection may have begun."""

    _groups: list[str] = field(default_factory=list)
    """Of digits, fewer than a card number has."""
    previous: str = ""
    """The last message, masked."""

    def mask_message(self, sent: str, masked: str) -> str:
        """Mask what makes a card number, or its security code, only together with the messages
        before; `masked` is what was `sent` without those that are in it alone."""
        whole = mask_code_after(self.previous, mask_number_part(self._groups, masked))
        self._groups = [] if whole != sent else self._list_latest(whole)
        self.previous = whole
        return whole

    def _list_latest(self, text: str) -> list[str]:
        latest: list[str] = []
        for group in reversed([*self._groups, *list_digit_groups(text)]):
            if len("".join(latest)) + len(group) >= MAX_DIGITS:
                break
            latest.insert(0, group)
        return latest

"""Names of goods that differ by a size."""

import pytest

from agents.local.insights.messages.sized_names import complete_sizes
from webapp.insights.query.values import MatchKind, ValueMatch

SMALL, BIG = "Tent 2 m", "Tent 3 m"


def _match(
    text: str, name: str, kind: MatchKind, names: list[str] | None
) -> ValueMatch:
    start = text.casefold().index(name.casefold())
    return ValueMatch(
        dimension="product",
        value=name,
        start=start,
        end=start + len(name),
        kind=kind,
        names=names,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("units of Tent 2 m vs 3 m", f"units of {SMALL} vs {BIG}"),
        ("units of Tent 2 m in May", "units of Tent 2 m in May"),
    ],
)
def test_a_size_behind_a_whole_name_is_of_another(text: str, expected: str) -> None:
    assert (
        complete_sizes(text, [_match(text, SMALL, MatchKind.WHOLE, None)]) == expected
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "units of the 2 m and 3 m tent in May",
            f"units of the {SMALL} and {BIG} in May",
        ),
        ("units of the tent, 5 m", "units of the tent, 5 m"),
    ],
)
def test_sizes_of_which_there_are_products_are_their_names(
    text: str, expected: str
) -> None:
    assert (
        complete_sizes(text, [_match(text, "tent", MatchKind.PART, [SMALL, BIG])])
        == expected
    )

import pytest

from webapp.catalog.errors import StockGone
from webapp.catalog.models import Variant
from webapp.catalog.stock_correction import compute_on_hand
from webapp.kit.ids import new_id


@pytest.fixture
def variant() -> Variant:
    """Five on hand, of which two are held: three can be bought."""
    return Variant(id=new_id(), sku="S", on_hand=5, held=2)


@pytest.mark.parametrize(
    ("stock", "seen", "on_hand"), [(9, 5, 9), (5, 5, 5), (2, 5, 2), (0, 3, 2)]
)
@pytest.mark.parametrize("excludes_held_stock", [True, False])
def test_with_stock_seen_the_difference_is_applied(
    variant: Variant, stock: int, seen: int, on_hand: int, excludes_held_stock: bool
) -> None:
    assert on_hand == compute_on_hand(
        variant,
        stock=stock,
        stock_seen=seen,
        excludes_held_stock=excludes_held_stock,
    )


def test_units_that_are_gone_cannot_be_removed(variant: Variant) -> None:
    with pytest.raises(StockGone) as raised:
        compute_on_hand(variant, stock=1, stock_seen=5)

    assert raised.value.details == {
        "variant_id": variant.id,
        "sku": "S",
        "fewer": 4,
        "stock": 3,
    }


@pytest.mark.parametrize(
    ("stock", "excludes_held_stock", "on_hand"),
    [(9, True, 11), (0, True, 2), (9, False, 9), (2, False, 2), (1, False, 2)],
)
def test_without_stock_seen_the_stock_is_set(
    variant: Variant, stock: int, excludes_held_stock: bool, on_hand: int
) -> None:
    assert on_hand == compute_on_hand(
        variant,
        stock=stock,
        stock_seen=None,
        excludes_held_stock=excludes_held_stock,
    )

import pytest

from webapp.kit.rank_fusion import fuse_rankings


def test_an_item_in_both_rankings_beats_the_first_of_one() -> None:
    ranked = fuse_rankings([["a", "b", "c"], ["d", "b", "e"]])

    assert [item for item, _ in ranked] == ["b", "a", "d", "c", "e"]
    assert ranked[0][1] == pytest.approx(2 / 62)


def test_one_ranking_keeps_its_order_and_an_empty_one_adds_nothing() -> None:
    assert [item for item, _ in fuse_rankings([[3, 1, 2]])] == [3, 1, 2]
    assert fuse_rankings([]) == fuse_rankings([[]]) == []

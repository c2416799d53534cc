import pytest

from webapp.kit.rank_fusion import fuse_rankings


def test_what_both_rankings_hold_beats_what_one_holds_first() -> None:
    ranked = fuse_rankings([["a", "b", "c"], ["d", "b", "e"]])

    assert [item for item, _ in ranked] == ["b", "a", "d", "c", "e"]
    assert ranked[0][1] == pytest.approx(2 / 62)


def test_one_ranking_keeps_its_order_and_none_gives_nothing() -> None:
    assert [item for item, _ in fuse_rankings([[3, 1, 2]])] == [3, 1, 2]
    assert fuse_rankings([]) == fuse_rankings([[]]) == []

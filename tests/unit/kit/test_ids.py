from webapp.kit.ids import new_id


def test_ids_are_version_7_and_all_different() -> None:
    ids = [new_id() for _ in range(2000)]

    assert {row_id.version for row_id in ids} == {7}
    assert {row_id.variant for row_id in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == len(ids)


def test_later_ids_sort_later() -> None:
    ids = [new_id() for _ in range(1000)]

    # Neighbors of the same 244 ns may come in any order; these are not neighbors.
    assert ids[0] < ids[-1]

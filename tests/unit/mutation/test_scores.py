import pytest

from tests.mutation.scores import Outcome, classify, format_scores, score_packages


@pytest.mark.parametrize(
    ("exit_code", "outcome"),
    [
        (0, Outcome.SURVIVED),
        (1, Outcome.KILLED),
        (2, Outcome.KILLED),
        (3, Outcome.KILLED),
        (5, Outcome.NO_TESTS),
        (33, Outcome.NO_TESTS),
        (36, Outcome.TIMED_OUT),
        (-11, Outcome.KILLED),
        (None, Outcome.NOT_TRIED),
    ],
)
def test_exit_codes(exit_code: int | None, outcome: Outcome) -> None:
    assert classify(exit_code) is outcome


def test_the_score_is_of_what_was_tried_and_counts_untested_code_as_missed() -> None:
    outcomes = [
        *[Outcome.KILLED] * 5,
        Outcome.TIMED_OUT,
        Outcome.SURVIVED,
        Outcome.NO_TESTS,
        *[Outcome.NOT_TRIED] * 4,
    ]

    [score] = score_packages(("webapp/cart", outcome) for outcome in outcomes)

    assert (score.mutants, score.value) == (12, 6 / 8)


def test_the_table_has_a_row_for_each_package_and_the_total() -> None:
    scores = score_packages(
        [
            ("webapp/orders", Outcome.KILLED),
            ("agents", Outcome.NOT_TRIED),
            ("webapp/orders", Outcome.SURVIVED),
            ("webapp/orders", Outcome.KILLED),
        ]
    )

    assert format_scores(scores).splitlines() == [
        "| package | mutants | killed | survived | timeout | no tests | not tried | score |",
        "|---|---|---|---|---|---|---|---|",
        "| agents | 1 | 0 | 0 | 0 | 0 | 1 | none |",
        "| webapp/orders | 3 | 2 | 1 | 0 | 0 | 0 | 0.667 |",
        "| total | 4 | 2 | 1 | 0 | 0 | 1 | 0.667 |",
    ]

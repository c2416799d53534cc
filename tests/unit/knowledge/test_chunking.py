from hypothesis import given
from hypothesis import strategies as st

from webapp.knowledge.chunking import (
    MAX_PASSAGE_WORDS,
    OVERLAP_WORDS,
    Passage,
    split_markdown,
)

ARTICLE = """Before everything.

# Returns

We take things back for 30 days.

## Refunds ##

The money comes within 5 days.
It goes to the card you paid with.

```
# not a heading
```

## Exchanges
# Warranty
Two years.
"""


def words(count: int, *, sentence: int) -> str:
    """`count` numbered words in sentences of `sentence` words."""
    return " ".join(
        f"w{number}." if number % sentence == 0 else f"w{number}"
        for number in range(1, count + 1)
    )


def test_a_section_is_a_passage_with_the_path_of_its_headings() -> None:
    assert split_markdown(ARTICLE) == [
        Passage("", "Before everything."),
        Passage("Returns", "We take things back for 30 days."),
        Passage(
            "Returns > Refunds",
            "The money comes within 5 days.\nIt goes to the card you paid with.\n\n"
            "```\n# not a heading\n```",
        ),
        Passage("Warranty", "Two years."),
    ]


def test_a_skipped_level_is_left_out_of_the_path() -> None:
    assert split_markdown("# A\n### C\ntext\n## B\nmore") == [
        Passage("A > C", "text"),
        Passage("A > B", "more"),
    ]


def test_a_long_section_becomes_passages_of_similar_length_that_overlap() -> None:
    first, second, third = split_markdown("# Long\n" + words(500, sentence=10))

    for passage in (first, second, third):
        assert passage.heading == "Long"
        assert 120 <= len(passage.text.split()) <= MAX_PASSAGE_WORDS
    assert first.text.split()[-OVERLAP_WORDS:] == second.text.split()[:OVERLAP_WORDS]
    assert third.text.endswith("w500.")


def test_an_overlong_sentence_is_cut() -> None:
    passages = split_markdown(words(450, sentence=1000))

    assert [len(passage.text.split()) for passage in passages] == [200, 200, 50]


def test_a_text_without_sentences_has_no_passages() -> None:
    assert (
        split_markdown("")
        == split_markdown(" \n\n# Only a heading\n## And another")
        == []
    )


PARTS = st.lists(
    st.sampled_from(["word ", "a. ", "\n", "\n\n", "```\n", "x" * 30 + " "]),
    max_size=600,
)


@given(PARTS)
def test_no_word_is_lost_and_no_passage_is_too_long(parts: list[str]) -> None:
    markdown = "".join(parts)

    passages = split_markdown(markdown)

    repeated = OVERLAP_WORDS * max(0, len(passages) - 1)
    count = sum(len(passage.text.split()) for passage in passages)
    assert len(markdown.split()) <= count <= len(markdown.split()) + repeated
    assert all(
        0 < len(passage.text.split()) <= MAX_PASSAGE_WORDS for passage in passages
    )

"""Human judgments of search results, from a CSV file: `query,docid,rating`."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.kit.errors import Invalid

MAX_RATING = 3
COLUMNS = ("query", "docid", "rating")

Ratings = Mapping[str, int]
"""Rating, from 0 (wrong) to 3 (just what is meant), by what the file calls a product."""


class BadJudgments(Invalid):
    code = "BAD_JUDGMENTS"


@dataclass(frozen=True)
class Judgments:
    ratings: Mapping[str, Ratings]
    """By query; only those with a product that is rated above 0."""
    unanswerable: int
    """Queries of the file without one: no ranking is better than another for them."""


def read_judgments(path: Path) -> Judgments:
    """Raises `BadJudgments`, with the line, for what is no judgment or contradicts another."""
    ratings: dict[str, dict[str, int]] = defaultdict(dict)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise BadJudgments(
                    f"{path} has no column {' and no '.join(missing)};"
                    f" its first line is to be {','.join(COLUMNS)}"
                )
            for row in rows:
                _add_row(ratings, row, f"{path}, line {rows.line_num}")
    except UnicodeDecodeError as error:
        raise BadJudgments(f"{path} is not UTF-8 text") from error
    answerable = {
        query: rated for query, rated in ratings.items() if max(rated.values())
    }
    if not answerable:
        raise BadJudgments(f"{path} has no product that is rated above 0")
    return Judgments(answerable, len(ratings) - len(answerable))


def _add_row(
    ratings: dict[str, dict[str, int]], row: dict[str, str | None], where: str
) -> None:
    query, product, rating = ((row[name] or "").strip() for name in COLUMNS)
    if not query or not product:
        raise BadJudgments(f"{where}: query and docid must not be empty")
    if not rating.isdecimal() or int(rating) > MAX_RATING:
        raise BadJudgments(f"{where}: {rating!r} is no rating: 0, 1, 2 or {MAX_RATING}")
    known = ratings[query].setdefault(product, int(rating))
    if known != int(rating):
        raise BadJudgments(
            f"{where}: {product} is rated {rating} for {query!r}, and {known} before"
        )

"""The last evaluation by the same judgments, and which queries have become better or worse."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from webapp.search.evaluation.service import Evaluation, RankingKind

MIN_DIFFERENCE = 0.01
"""Of nDCG@10."""

QueryScores = Mapping[str, float]
"""nDCG@10 by query, judged products only."""


@dataclass(frozen=True)
class EvaluationRun:
    at: datetime
    scores: Mapping[str, QueryScores]
    """By kind of ranking."""


@dataclass(frozen=True)
class ChangedQuery:
    query: str
    before: float
    now: float

    @property
    def difference(self) -> float:
        return self.now - self.before


def build_run(evaluation: Evaluation, *, at: datetime) -> EvaluationRun:
    return EvaluationRun(
        at,
        {
            kind.value: {
                query: round(each.score.judged_only, 4)
                for query, each in results.items()
            }
            for kind, results in evaluation.results.items()
        },
    )


def compare_runs(
    before: EvaluationRun, now: EvaluationRun, kind: RankingKind
) -> Sequence[ChangedQuery]:
    """The queries of both whose score differs, the best gain first."""
    old, new = before.scores.get(kind.value, {}), now.scores.get(kind.value, {})
    changed = [
        ChangedQuery(query, old[query], score)
        for query, score in new.items()
        if query in old and abs(score - old[query]) >= MIN_DIFFERENCE
    ]
    return sorted(changed, key=lambda each: (-each.difference, each.query))


def load_run(file: Path) -> EvaluationRun | None:
    """None where there is none yet, or one that another version wrote."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return EvaluationRun(datetime.fromisoformat(stored["at"]), stored["scores"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def save_run(file: Path, run: EvaluationRun) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"at": run.at.isoformat(), "scores": run.scores})
    file.write_text(content, encoding="utf-8")

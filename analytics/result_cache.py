"""Results that were computed, for as long as nothing has changed that they are of.

A result is kept with the snapshot of the database that it was computed from. It is given out again
only if the log of changes has no transaction since: no clock decides, and nothing must be told to
the cache. It does not matter which file of the dataset a line was read from.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cachetools import LRUCache

from analytics.facts.changes import DatabaseSnapshot, has_changes, read_snapshot
from analytics.query_service import FileRequest, QuerySource, ValuesRequest
from analytics.semantic.query_windows import QueryWindows
from webapp.adapters.analytics.port import ExportedFile, QueryOutcome
from webapp.db.session import Database
from webapp.insights.analyses.requests import AnalysisRequest
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import BadWindow
from webapp.insights.query.values import ValueMatches
from webapp.insights.query.windows import TimeRange, resolve_now
from webapp.kit.caches import LockedCache
from webapp.kit.time_zones import parse_zone
from webapp.kit.weeks import WeekStart

MAX_CACHE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class CachedOutcome:
    content: bytes
    """As JSON, whose size is known."""
    snapshot: DatabaseSnapshot


ResultCache = LockedCache[str, CachedOutcome]


def build_result_cache(max_bytes: int = MAX_CACHE_BYTES) -> ResultCache:
    """The outcomes used last, up to a size."""
    return LockedCache(LRUCache(max_bytes, getsizeof=lambda each: len(each.content)))


class CachedQueries:
    """Computes what the cache does not have."""

    def __init__(
        self,
        source: QuerySource,
        db: Database,
        zone: ZoneInfo,
        cache: ResultCache | None = None,
        *,
        week_start: WeekStart = WeekStart.MONDAY,
    ) -> None:
        self._source = source
        self._db = db
        self._zone = zone
        self._week_start = week_start
        self._cache = cache or build_result_cache()

    def run(self, query: AnalyticsQuery) -> QueryOutcome:
        query = query.fill_week_start(self._week_start)
        with self._db.autocommit() as session:
            now = read_snapshot(session)
            key = build_cache_key(query, now.taken_at, self._zone)
            entry = None if key is None else self._cache.find(key)
            if entry is not None and not has_changes(
                session, since=entry.snapshot, now=now
            ):
                return QueryOutcome.model_validate_json(entry.content)
        computed = self._source.compute(query)
        if key is not None and computed.snapshot is not None:
            content = computed.outcome.model_dump_json().encode()
            self._cache.store(key, CachedOutcome(content, computed.snapshot))
        return computed.outcome

    def run_analysis(self, request: AnalysisRequest) -> QueryOutcome:
        """Not cached: few are asked for twice."""
        return self._source.run_analysis(request)

    def find_values(self, request: ValuesRequest) -> ValueMatches:
        return self._source.find_values(request)

    def write_file(self, request: FileRequest) -> ExportedFile:
        return self._source.write_file(request)


def build_cache_key(query: AnalyticsQuery, now: datetime, zone: ZoneInfo) -> str | None:
    """What two questions have in common that have the same answer, as long as no order changes.
    None for a window that there is not.

    A window that is over is the same whenever it is asked for. One that is not grows with the time:
    its figures are those of the minute in which they were asked for, and say so.
    """
    zone = parse_zone(query.time_zone) if query.time_zone else zone
    try:
        now = resolve_now(query.as_of, now)
        windows = QueryWindows(query, zone, now, first=now)
        ranges = [windows.window, windows.compared]
    except BadWindow:
        return None
    parts = [query.model_dump_json(), *(_describe_range(each, now) for each in ranges)]
    return " ".join(parts)


def _describe_range(window: TimeRange | None, now: datetime) -> str:
    if window is None:
        return "none"
    if window.end_instant is None or window.is_running or window.end_instant >= now:
        return f"until {now:%Y-%m-%dT%H:%M}"
    return f"{window.start} {window.end}"

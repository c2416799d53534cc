"""Search rules, for admins."""

from uuid import UUID

from webapp.http.api import Api
from webapp.http.context import reading_session, runtime, transaction
from webapp.http.schemas import ListQuery, ListView
from webapp.kit.clock import utc_now
from webapp.kit.scopes import Scope
from webapp.kit.time_zones import parse_zone
from webapp.search.meaning import MeaningSearch
from webapp.search.rules import proposals, service, trial
from webapp.search.rules.schemas import (
    RuleBody,
    RuleChangeBody,
    SearchRuleView,
    SynonymProposalsView,
    TrialBody,
    TrialView,
)

api = Api("Search rules", prefix="/admin/search")


@api.get(
    "/rules",
    access=Scope.CATALOG_READ,
    query=ListQuery,
    returns=ListView[SearchRuleView],
)
def list_search_rules(query: ListQuery) -> ListView[SearchRuleView]:
    """Search rules, newest first: those that hold and those that do not."""
    with reading_session() as session:
        page = service.list_rules(session, limit=query.limit, last_key=query.last_key)
        return ListView[SearchRuleView](
            items=[SearchRuleView.from_rule(row) for row in page.items],
            last_key=page.last_key,
        )


@api.post(
    "/rules",
    access=Scope.CATALOG_WRITE,
    body=RuleBody,
    returns={201: SearchRuleView},
    errors=(409, 422),
)
def create_search_rule(body: RuleBody) -> tuple[SearchRuleView, int]:
    """Set synonyms, a redirect, or products that come first or are hidden for a text.

    Without `isLive` the rule does not hold yet: `POST /admin/search/rules/trial` shows what it
    would change. One that is live holds within seconds.
    """
    with transaction() as session:
        rule = service.create_rule(session, body, now=utc_now())
        session.refresh(rule)
        view = SearchRuleView.from_rule(rule)
    runtime().rule_cache.clear()
    return view, 201


@api.get(
    "/rules/<uuid:rule_id>",
    access=Scope.CATALOG_READ,
    returns=SearchRuleView,
    errors=(404,),
)
def show_search_rule(rule_id: UUID) -> SearchRuleView:
    """One search rule."""
    with reading_session() as session:
        return SearchRuleView.from_rule(service.require_rule(session, rule_id))


@api.put(
    "/rules/<uuid:rule_id>",
    access=Scope.CATALOG_WRITE,
    body=RuleChangeBody,
    returns=SearchRuleView,
    errors=(404, 409, 422),
)
def change_search_rule(rule_id: UUID, body: RuleChangeBody) -> SearchRuleView:
    """Replace all of a search rule, or publish it with `isLive`."""
    with transaction() as session:
        rule = service.change_rule(
            session, rule_id, body, version=body.version, now=utc_now()
        )
        view = SearchRuleView.from_rule(rule)
    runtime().rule_cache.clear()
    return view


@api.delete("/rules/<uuid:rule_id>", access=Scope.CATALOG_WRITE, errors=(404,))
def delete_search_rule(rule_id: UUID) -> None:
    """Delete a search rule; what it changed is as before within seconds."""
    with transaction() as session:
        service.delete_rule(session, rule_id)
    runtime().rule_cache.clear()


@api.post(
    "/rules/trial",
    access=Scope.CATALOG_READ,
    body=TrialBody,
    returns=TrialView,
    errors=(404, 503),
)
def try_search_rules(body: TrialBody) -> TrialView:
    """Say what rules that are not live would change, without changing it.

    Answers the queries searched most often in the last 30 days, and those of the rules, with and
    without these rules, and names those whose first ten products, total or redirect differ. With
    `judgments`, says how much better or worse the answers to these become.
    """
    rt = runtime()
    with reading_session() as session:
        outcome = trial.try_rules(
            session,
            engine=rt.search,
            meaning=MeaningSearch.from_runtime(rt),
            plan=body.to_plan(),
            zone=parse_zone(rt.settings.time_zone),
            now=utc_now(),
        )
    return TrialView.from_outcome(outcome)


@api.get(
    "/synonym-proposals",
    access=Scope.ANALYTICS_READ,
    returns=SynonymProposalsView,
)
def propose_synonyms() -> SynonymProposalsView:
    """Synonyms that shoppers have shown: what they searched next, and then clicked or bought.

    Of the last 90 days, and only of visitors with an `X-Visitor-Id`: at least three have searched
    `query`, clicked nothing, and within ten minutes found what they wanted by `term`.
    """
    with reading_session() as session:
        return SynonymProposalsView.from_proposals(
            proposals.propose_synonyms(session, now=utc_now())
        )

"""What analyses take, as people, programs and models write it."""

from typing import Any

import pytest
from pydantic import ValidationError

from webapp.insights.analyses.methods import METHODS
from webapp.insights.analyses.requests import EXAMPLE, REQUESTS, AnalysisBody
from webapp.insights.analyses.results import AnalysisResult, Findings
from webapp.insights.analyses.validation import (
    check_analysis,
    list_chosen_dimensions,
    list_explaining_dimensions,
)
from webapp.insights.query.definitions import METRICS
from webapp.insights.query.errors import ImpossibleQuery

WINDOW = {"unit": "month", "offset": 1}


def name_analysis(request: Any) -> str:
    name: str = request.model_fields["analysis"].default
    return name


def test_every_analysis_has_a_method_a_request_and_findings() -> None:
    names = [name_analysis(request) for request in REQUESTS]
    findings = Findings.__origin__.__args__  # type: ignore[attr-defined]

    assert names == list(METHODS)
    assert [name_analysis(each) for each in findings] == names
    assert all(each.label and each.method.endswith(".") for each in METHODS.values())


def test_the_examples_are_valid() -> None:
    check_analysis(AnalysisBody.model_validate(EXAMPLE).root)
    result = AnalysisResult.example().model_dump(mode="json")

    again = AnalysisResult.model_validate(result, by_alias=True, by_name=False)
    assert again.request == AnalysisBody.model_validate(EXAMPLE).root
    assert again.findings.analysis == again.request.analysis


@pytest.mark.parametrize("request_type", REQUESTS)
def test_a_request_is_read_as_it_is_written(request_type: Any) -> None:
    window = (
        {"window": WINDOW} if name_analysis(request_type) == "explain_change" else {}
    )
    filtered = {"search_insights": "search_query", "stock_outlook": "category"}
    dimension = filtered.get(name_analysis(request_type), "country")
    request = request_type.model_validate(
        {"filters": [{"dimension": dimension, "in": ["DE"]}], **window}
    )

    check_analysis(request)
    written = request.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert AnalysisBody.model_validate(written).root == request


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"analysis": "astrology"},
        {"analysis": "explain_change", "window": "month"},
        {"analysis": "forecast", "period": "hour"},
        {"analysis": "forecast", "level": 99},
        {"analysis": "forecast", "steps": 91},
        {"analysis": "basket_pairs", "minOrders": 4},
        {"analysis": "retention", "months": 0},
        {"analysis": "rfm", "metric": "orders"},
        {"analysis": "rfm", "timeZone": "Mars/Olympus"},
        {"analysis": "concentration", "by": "email"},
    ],
)
def test_what_is_not_understood_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AnalysisBody.model_validate(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"analysis": "rfm", "filters": [{"dimension": "color", "in": ["red"]}]},
            "color",
        ),
        ({"analysis": "anomalies", "metric": "customers"}, "do not add up"),
        ({"analysis": "forecast", "metric": "refund_rate"}, "quotient"),
        (
            {
                "analysis": "forecast",
                "metric": "tax",
                "filters": [{"dimension": "product", "in": ["Mug"]}],
            },
            "recorded by order",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(body: dict[str, Any], reason: str) -> None:
    with pytest.raises(ImpossibleQuery, match=reason):
        check_analysis(AnalysisBody.model_validate(body).root)


def test_orders_are_not_split_by_what_several_of_their_lines_are_of() -> None:
    assert "product" in list_explaining_dimensions(METRICS["net_revenue"])
    assert "product" not in list_explaining_dimensions(METRICS["orders"])
    assert list_chosen_dimensions(METRICS["orders"], ["country"]) == ["country"]
    assert "tag" not in list_explaining_dimensions(METRICS["net_revenue"])
    assert "month" not in list_explaining_dimensions(METRICS["units"])


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "is missing"),
        ({"analysis": "astrology"}, "is unknown"),
        ({"analysis": []}, ""),
    ],
)
def test_an_unknown_analysis_is_refused_with_the_known_ones(
    body: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        AnalysisBody.model_validate(body)

    [error] = caught.value.errors()
    assert error["loc"] == ("analysis",)
    assert problem in error["msg"]
    assert "known are explain_change, anomalies, forecast" in error["msg"]

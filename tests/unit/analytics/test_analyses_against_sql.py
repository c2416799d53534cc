"""Analyses have the figures that an independent SQL gives."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.bench.analytics import write_dataset
from tests.support.analysis_figures import REQUESTS, check_agreement
from tests.support.figure_engines import analyze_duckdb, analyze_shop
from webapp.insights.analyses.requests import AnalysisBody

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    write_dataset(folder, 100_000)
    return folder


@pytest.mark.parametrize("fields", REQUESTS, ids=lambda fields: fields["analysis"])
def test_figures_of_an_analysis_are_those_of_sql(
    dataset: Path, fields: Mapping[str, Any]
) -> None:
    request = AnalysisBody.model_validate(fields).root

    figures = analyze_shop(request, dataset)

    check_agreement(request, [figures, analyze_duckdb(request, dataset)])

import re
from textwrap import dedent
from typing import Any

from analytics import reports
from analytics.facts import database
from analytics.reports import Report
from webapp.bootstrap import Runtime


def test_the_example_of_the_module_runs(runtime: Runtime) -> None:
    [example] = re.findall(r"(?m)(?:^ {4}.+\n)+", reports.__doc__ or "")
    names: dict[str, Any] = {**vars(reports), "database": database, "runtime": runtime}

    exec(dedent(example), names)  # noqa: S102 - our own docstring

    assert isinstance(names["report"], Report)
    assert names["report"].name == "order_trends"

"""Imports a file through both doors, the API and the command, which must have one result."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from flask import Flask

from tests.support.api_client import API_PREFIX, ApiClient
from webapp.cli.imports import import_files

COUNTS = ("created", "updated", "unchanged", "rejected")


@dataclass(frozen=True)
class DoorResult:
    counts: tuple[int, ...] = ()
    """Rows created, updated, unchanged and rejected."""
    rejects: tuple[tuple[int, str], ...] = ()
    remarks: tuple[str, ...] = ()
    """Encoding and warnings, as the command prints them."""
    error: str | None = None

    @property
    def reasons(self) -> list[str]:
        return [reason for _, reason in self.rejects]


@dataclass(frozen=True)
class ImportDoors:
    """Imports through the API, after a dry run by the command has had the same result."""

    app: Flask
    admin: ApiClient
    folder: Path

    def import_file(self, content: bytes, **options: str) -> DoorResult:
        expected = self.by_command(content, "--dry-run", **options)
        result = self.by_api(content, **options)
        assert result == expected
        return result

    def by_api(self, content: bytes, **options: str) -> DoorResult:
        response = self.app.test_client().post(
            f"{API_PREFIX}/admin/products/import",
            query_string=options,
            data=content,
            content_type="text/csv",
            headers=self.admin.headers,
        )
        view: dict[str, Any] = response.get_json()
        if response.status_code != 200:
            return DoorResult(error=view["error"]["message"])
        encoding = view["encoding"]
        remarks = [] if encoding is None else [f"Encoding of the file: {encoding}"]
        return DoorResult(
            tuple(view[name] for name in COUNTS),
            tuple((each["line"], each["reason"]) for each in view["rejects"]),
            (*remarks, *view["warnings"]),
        )

    def by_command(self, content: bytes, *flags: str, **options: str) -> DoorResult:
        file = self.folder / "products.csv"
        file.write_bytes(content)
        rejects = self.folder / "rejects.jsonl"
        rejects.unlink(missing_ok=True)
        given = [f"--{name}={value}" for name, value in options.items()]
        arguments = ["products", str(file), f"--rejects={rejects}", *flags, *given]
        done = CliRunner().invoke(import_files, arguments)
        if done.exit_code not in {0, 1}:
            return DoorResult(error=done.output.strip())
        reported = rejects.read_text().splitlines() if rejects.exists() else []
        found = dict(re.findall(r"^ (\w+) +(\d+) *$", done.output, re.MULTILINE))
        remarks = [line for line in done.output.splitlines() if _is_remark(line)]
        return DoorResult(
            tuple(int(found[name]) for name in COUNTS),
            tuple(
                sorted(
                    (each["line"], each["reason"]) for each in map(json.loads, reported)
                )
            ),
            tuple(remarks),
        )


def _is_remark(line: str) -> bool:
    return not line.startswith((" ", "Dry run:", "Rejected rows"))

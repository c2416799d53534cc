"""`ecom67 import`: imports products and past orders from files.

Exit codes: 0 everything was imported, 1 some rows were rejected, 2 the import did not finish.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from webapp.cli.import_progress import ImportProgressBar
from webapp.config import Settings
from webapp.db.session import Database
from webapp.imports import mapping, readers, runner
from webapp.imports.mapping import AnyMapping, ImportKind, OrderMapping
from webapp.imports.numbers import DecimalSeparator
from webapp.imports.parquet import PARQUET
from webapp.imports.progress import ImportSummary
from webapp.imports.readers import ReadOptions
from webapp.kit.errors import CommerceError

EXIT_REJECTS = 1
EXIT_UNFINISHED = 2

stderr = Console(stderr=True)


@click.group("import")
def import_files() -> None:
    """Import products and past orders from files (see docs/importing.md)."""


def _import_options(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments and options of both commands."""
    for decorate in (
        click.argument("file", type=click.Path(path_type=Path), required=False),
        click.option(
            "--mapping",
            "mapping_name",
            metavar="NAME|PATH",
            help="How to read the columns: a TOML file, or one of "
            f"{', '.join(mapping.BUILTIN_MAPPINGS)}. Default: the API's own names, or the "
            "built-in mapping that fits.",
        ),
        click.option(
            "--rejects",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File for rejected rows. Default: below var/imports/.",
        ),
        click.option(
            "--dry-run", is_flag=True, help="Check everything, write nothing."
        ),
        click.option(
            "--encoding",
            metavar="NAME",
            help="Encoding of a text file, such as windows-1250 or shift_jis. Default: "
            "detected; where that is not certain, the file is refused.",
        ),
        click.option(
            "--decimal",
            type=click.Choice([".", ","]),
            help="Decimal separator of all numbers. Without it, a number such as 1.250, "
            "which may be two, is rejected.",
        ),
        click.option("--template", is_flag=True, help="Print an example of a mapping."),
    ):
        command = decorate(command)
    return command


@dataclass(frozen=True)
class CommandOptions:
    """The arguments and options of both commands."""

    file: Path | None
    mapping_name: str | None
    rejects: Path | None
    dry_run: bool
    encoding: str | None
    decimal: DecimalSeparator | None
    template: bool


@import_files.command("products")
@_import_options
def products(**options: Any) -> None:
    """Create and update products from FILE: CSV, a spreadsheet, JSON Lines or Parquet.

    Rows that cannot be imported are written to a file of their own, with the reason. A first
    run with --dry-run shows what an import would do.
    """
    _run_import("products", CommandOptions(**options))


@import_files.command("orders")
@_import_options
def orders(**options: Any) -> None:
    """Import past orders from FILE, with one order or one order line per row."""
    _run_import("orders", CommandOptions(**options))


def _run_import(kind: ImportKind, options: CommandOptions) -> None:
    if options.template:
        click.echo(mapping.read_builtin_mapping(f"{kind}-template"), nl=False)
        return
    if options.file is None:
        raise click.UsageError("FILE is missing")
    with _report_errors():
        summary = _import_file(kind, options.file, options)
    _print_summary(summary, kind)
    sys.exit(EXIT_REJECTS if summary.counts.rejected else 0)


def _import_file(
    kind: ImportKind, file: Path, options: CommandOptions
) -> ImportSummary:
    settings = Settings.load()
    column_mapping = _choose_mapping(kind, file, options)
    name = options.mapping_name
    request = runner.ImportRequest(
        path=file,
        currency=settings.currency,
        rejects_path=options.rejects or _default_rejects_path(settings, kind, file),
        is_dry_run=options.dry_run,
        formats=PARQUET,
        encoding=options.encoding,
        names_all_columns=name is not None and name not in mapping.BUILTIN_MAPPINGS,
    )
    database = Database.from_url(settings.require_database_url(), pool_size=1)
    with closing(database) as db, ImportProgressBar(stderr) as progress:
        if isinstance(column_mapping, OrderMapping):
            return runner.import_orders(db, request, column_mapping, progress)
        return runner.import_products(db, request, column_mapping, progress)


def _choose_mapping(
    kind: ImportKind, file: Path, options: CommandOptions
) -> AnyMapping:
    name = options.mapping_name
    if name is None:
        name = _detect_mapping(kind, file, options.encoding)
    chosen = mapping.load_mapping(kind, name)
    if options.decimal is None:
        return chosen
    return chosen.model_copy(update={"decimal": options.decimal})


def _detect_mapping(kind: ImportKind, file: Path, encoding: str | None) -> str | None:
    read_options = ReadOptions(mapping.list_known_columns(kind), encoding, PARQUET)
    columns = readers.read_column_names(file, read_options)
    name = mapping.detect_mapping(kind, columns)
    if name is not None:
        stderr.print(
            f"{file.name} is read with the mapping {name}, which its columns fit; "
            "choose another with --mapping",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    return name


def _default_rejects_path(settings: Settings, kind: ImportKind, file: Path) -> Path:
    return settings.var_dir / "imports" / f"{file.name}.{kind}.rejects.jsonl"


@contextmanager
def _report_errors() -> Iterator[None]:
    """Print one sentence for an error that stops the import; what was imported stays."""
    hint = "Run the same command again to continue where it stopped."
    try:
        yield
    except CommerceError as error:
        stderr.print(error.message, markup=False, highlight=False, soft_wrap=True)
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        stderr.print(f"The database failed: {reason}. {hint}", markup=False)
    except KeyboardInterrupt:
        stderr.print(f"Interrupted. {hint}")
    else:
        return
    sys.exit(EXIT_UNFINISHED)


def _print_summary(summary: ImportSummary, kind: ImportKind) -> None:
    counts = summary.counts
    table = Table(show_header=False, box=None)
    rows_label = "rows" if kind == "products" else "order lines"
    for name in ("created", "updated", "unchanged", "rejected"):
        table.add_row(name, f"{getattr(counts, name):,}")
    table.add_row(rows_label, f"{counts.rows:,}", style="bold")
    if kind == "orders":
        table.add_row("orders", f"{counts.orders:,}")
        table.add_row("new products, inactive", f"{counts.products:,}")
    out = Console()
    if summary.is_dry_run:
        out.print("Dry run: nothing was written. An import would do this:")
    out.print(table)
    for sentence in _list_remarks(summary):
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _list_remarks(summary: ImportSummary) -> Iterator[str]:
    if summary.encoding is not None:
        yield f"Encoding of the file: {summary.encoding}"
    yield from summary.warnings
    if summary.counts.rejected:
        yield f"Rejected rows, each with its reason: {summary.rejects_path}"

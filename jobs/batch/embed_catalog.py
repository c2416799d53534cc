"""Embed the products whose vector is missing, or of another text or model: for search by meaning.

    ray job submit --working-dir . -- python -m jobs.batch.embed_catalog

The shop does that by itself as products change; this is for a new catalog or another model, and
does it with all processors of a cluster. What is embedded is stored at once, and found by searches:
a run that is cut off has nothing to do again.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

import click

from jobs.batch.runner import BatchRun, JobRuns, run_job
from webapp.adapters.embeddings.build import open_embedder
from webapp.db.session import Database
from webapp.search.vectors import service

UNIT_SIZE = 200
"""Products; a unit takes seconds."""


@dataclass(frozen=True)
class CatalogEmbedder:
    """What a Ray task is sent: no settings, which hold the keys of the payments too."""

    database_url: str
    embedding_model: str
    units: Mapping[str, Sequence[UUID]]

    def embed_unit(self, unit: str) -> int:
        """Returns how many products were embedded; not those that another job was faster with."""
        embedder = open_embedder(self.embedding_model)
        with closing(Database.from_url(self.database_url, pool_size=1)) as db:
            return service.embed_products(db, embedder, self.units[unit])


def embed_catalog(run: BatchRun) -> int:
    """Bring the vectors of all products on sale up to date; return how many were not. Raises
    `JobRuns`."""
    settings = run.settings
    url = settings.require_database_url()
    model = open_embedder(settings.embedding_model).model
    with (
        closing(Database.from_url(url, pool_size=2)) as db,
        # Its transaction lasts as long as the run, so that the lock is gone with the process.
        db.unit_of_work() as turn,
    ):
        if not service.lock_catalog(turn, waits=False):
            if not run.waits:
                raise JobRuns(
                    "The catalog is being embedded; try again when it is done"
                )
            run.print_line("The catalog is being embedded: waiting for the end")
            service.lock_catalog(turn, waits=True)
        with db.unit_of_work() as session:
            ids = service.list_products_to_embed(session, model=model)
        units = split_products(ids)
        work = CatalogEmbedder(url, settings.embedding_model, units)
        done = run.run_units(
            work.embed_unit,
            list(units),
            describe=lambda count: f"{count:,} embedded",
            count_rows=lambda count: count,
        )
        return sum(count for _, count in done)


def split_products(ids: Sequence[UUID]) -> dict[str, Sequence[UUID]]:
    """Units of products, named by their numbers: `products 1-200`."""
    return {
        f"products {start + 1}-{min(start + UNIT_SIZE, len(ids))}": ids[
            start : start + UNIT_SIZE
        ]
        for start in range(0, len(ids), UNIT_SIZE)
    }


@click.command()
@click.option("--no-wait", is_flag=True, help="Exit with 75 where another run goes on.")
def main(*, no_wait: bool) -> None:
    """Embed the titles and descriptions of the products whose vector is missing, or is of another
    text or model."""
    run_job(
        "embed_catalog",
        lambda run: f"{embed_catalog(run):,} products embedded",
        waits=not no_wait,
    )


if __name__ == "__main__":
    main()

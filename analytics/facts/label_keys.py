import polars as pl

from webapp.kit.text import label_key


def build_label_keys(column: str) -> pl.Expr:
    """The keys of a column of labels, equal for all spellings of one."""
    return pl.col(column).map_batches(
        _map_distinct, return_dtype=pl.String, is_elementwise=True
    )


def _map_distinct(labels: pl.Series) -> pl.Series:
    """Each distinct label once: there are few of them in many lines."""
    distinct = labels.drop_nulls().unique().to_list()
    return labels.replace_strict(
        {label: label_key(label) for label in distinct},
        default=None,
        return_dtype=pl.String,
    )

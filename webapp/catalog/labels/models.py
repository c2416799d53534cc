from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model


class LabelKind(StrEnum):
    CATEGORY = "category"
    BRAND = "brand"
    TAG = "tag"


class ProductLabel(Model):
    """The spelling of a category, a brand or a tag that every product has."""

    __tablename__ = "product_labels"

    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """`label_key` of all its spellings."""
    spelling: Mapped[str]

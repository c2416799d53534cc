"""The help articles, as `articles/*.md` hold them: a title in the first line, then Markdown.

What an article says about taxes, holds and the like is filled in from the settings, so
that it cannot say otherwise than the shop does.
"""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from webapp.config import Settings

FOLDER = Path(__file__).parent / "articles"


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    body: str


def articles(settings: Settings) -> list[Article]:
    facts = {
        "tax_percent": f"{settings.tax_percent.normalize():f}",
        "hold_minutes": str(settings.hold_minutes),
        "currency": settings.currency.value,
    }
    return [_article(path, facts) for path in sorted(FOLDER.glob("*.md"))]


def _article(path: Path, facts: dict[str, str]) -> Article:
    title, _, body = path.read_text().partition("\n")
    text = Template(body.strip()).substitute(facts)
    return Article(path.stem, title.removeprefix("# "), text)

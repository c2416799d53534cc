"""Loads the help articles from `articles/*.md`: a title in the first line, then Markdown.

Figures such as tax rates and hold times are filled in from the code and the settings that
define them, so that an article cannot contradict the shop.
"""

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from string import Template

from webapp.accounts.codes import CODE_LIFETIME, MAX_CODE_ATTEMPTS
from webapp.accounts.passwords import MIN_LENGTH
from webapp.accounts.sign_in import REFRESH_LIFETIME
from webapp.config import Settings
from webapp.kit.money import Currency

FOLDER = Path(__file__).parent / "articles"


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    body: str


def load_articles(settings: Settings) -> list[Article]:
    facts = _collect_facts(settings)
    return [_load_article(path, facts) for path in sorted(FOLDER.glob("*.md"))]


def _collect_facts(settings: Settings) -> dict[str, str]:
    """Template variables of the articles, from the same sources as the shop's own."""
    *others, last = Currency
    return {
        "code_attempts": str(MAX_CODE_ATTEMPTS),
        "code_minutes": str(CODE_LIFETIME // timedelta(minutes=1)),
        "contact": parseaddr(settings.mail_from)[1],
        "currencies": f"{', '.join(others)} and {last}",
        "currency": settings.currency,
        "hold_minutes": str(-(-settings.hold_seconds // 60)),
        "password_length": str(MIN_LENGTH),
        "sign_in_days": str(REFRESH_LIFETIME.days),
        "tax_percent": f"{settings.tax_percent.normalize():f}",
    }


def _load_article(path: Path, facts: dict[str, str]) -> Article:
    title, _, body = path.read_text().partition("\n")
    text = Template(body.strip()).substitute(facts)
    return Article(path.stem, title.removeprefix("# "), text)

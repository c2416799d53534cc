"""Help articles state the facts and figures that the shop itself uses."""

from decimal import Decimal

import pytest

from webapp.config import Settings
from webapp.devtools.demo.articles import Article, load_articles
from webapp.knowledge.chunking import split_markdown
from webapp.orders.status import CANCELABLE, OrderStatus

ARTICLES = {article.slug: article for article in load_articles(Settings())}


def test_the_main_topics_have_an_article() -> None:
    assert ARTICLES.keys() >= {
        "3-d-secure",
        "cancelling-an-order",
        "contact",
        "gifts",
        "payment-methods",
        "privacy",
        "returns-and-refunds",
        "shipping-and-delivery",
        "size-guide",
        "tracking-an-order",
        "warranty-and-repairs",
        "your-account",
    }


@pytest.mark.parametrize("article", ARTICLES.values(), ids=lambda article: article.slug)
def test_an_article_has_sections_and_a_readable_length(article: Article) -> None:
    assert 200 <= len(article.body.split()) <= 400
    assert not article.title.startswith("#")
    assert "$" not in article.body
    assert len({passage.heading for passage in split_markdown(article.body)}) >= 3


@pytest.mark.parametrize(
    ("slug", "fact"),
    [
        ("prices-tax-and-currency", "tax of 8 percent"),
        ("prices-tax-and-currency", "USD, EUR, GBP, AUD and CAD"),
        ("3-d-secure", "You have 15 minutes."),
        ("payment-methods", "not finished within 15 minutes"),
        ("cart-and-stock", "hold its goods for 15 minutes"),
        ("your-account", "good for 30 minutes and for 5 attempts"),
        ("your-account", "for 30 days after your last visit"),
        ("passwords-and-security", "at least 8 characters"),
        ("contact", "shop@example.com"),
    ],
)
def test_an_article_states_the_figures_of_the_settings(slug: str, fact: str) -> None:
    assert fact in ARTICLES[slug].body


def test_an_article_follows_the_settings() -> None:
    changed = load_articles(Settings(tax_percent=Decimal("9.50"), hold_seconds=1200))
    bodies = {article.slug: article.body for article in changed}

    assert "tax of 9.5 percent" in bodies["prices-tax-and-currency"]
    assert "You have 20 minutes." in bodies["3-d-secure"]


def test_the_article_on_cancelling_names_the_states_that_allow_it() -> None:
    body = ARTICLES["cancelling-an-order"].body

    assert "it is pending, requires action, is paid or is processing" in body
    assert {
        OrderStatus.PENDING,
        OrderStatus.REQUIRES_ACTION,
        OrderStatus.PAID,
        OrderStatus.PROCESSING,
    } == CANCELABLE


def test_the_article_on_tracking_explains_every_status() -> None:
    body = ARTICLES["tracking-an-order"].body

    for status in OrderStatus:
        assert f"**{status.replace('_', ' ').capitalize()}:**" in body

"""Renders a product's picture as SVG: a drawing of its kind in the product's colors. Pure.

Drawings are the shapes in `drawings/*.toml`, on a canvas of 400 by 400 with the floor at
y = 330. They refer to palette colors and product texts as `$main` or `$brand`.
"""

import textwrap
import tomllib
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from zlib import crc32

from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.palette import build_shades

FOLDER = Path(__file__).parent / "drawings"
TITLE_WIDTH = 15

CANVAS = Template("""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img"\
 font-family="Georgia, 'Times New Roman', serif">
<title>$title</title>
<rect width="400" height="400" fill="$pale"/>
$backdrop
<ellipse cx="200" cy="330" rx="150" ry="13" fill="$ink" opacity=".13"/>
<g stroke-linecap="round" stroke-linejoin="round">
$drawing
</g>
</svg>
""")
BACKDROPS = (
    '<circle cx="200" cy="196" r="156" fill="#fff" opacity=".5"/>',
    '<circle cx="290" cy="120" r="150" fill="#fff" opacity=".42"/>',
    '<path d="M0 270C110 210 250 300 400 230V400H0z" fill="#fff" opacity=".45"/>',
    '<rect x="52" y="44" width="296" height="300" rx="36" fill="#fff" opacity=".46"/>',
    '<path d="M60 400V190a140 140 0 0 1 280 0v210z" fill="#fff" opacity=".46"/>',
)
BOOK = Template("""\
<path d="M112 66h196a12 12 0 0 1 12 12v252H112z" fill="$deep"/>\
<path d="M110 318h202v12H110z" fill="$paper"/>\
<rect x="92" y="60" width="216" height="270" rx="6" fill="$main"/>\
<rect x="92" y="60" width="13" height="270" rx="6" fill="$dark"/>""")


def render_picture(product: DemoProduct) -> str:
    """An SVG document; deterministic for a product."""
    shades = build_shades(product.color, product.accent)
    texts = {
        "brand": escape(product.brand),
        "first_word": escape(product.name.split()[0].upper()),
        "book_back": BOOK.substitute(shades),
        "book_words": _render_cover_title(product.name),
    }
    drawing = Template(_load_drawings()[product.picture]).substitute(shades, **texts)
    return CANVAS.substitute(
        shades,
        title=escape(product.name),
        backdrop=BACKDROPS[crc32(product.slug.encode()) % len(BACKDROPS)],
        drawing=drawing.strip(),
    )


@cache
def _load_drawings() -> dict[str, str]:
    kinds: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        kinds |= tomllib.loads(path.read_text())
    return kinds


def _render_cover_title(title: str) -> str:
    lines = textwrap.wrap(title, TITLE_WIDTH)
    return "".join(
        f'<text x="204" y="{88 + 22 * row}" text-anchor="middle" font-size="20"'
        f' font-weight="700" fill="#fffaf0">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )

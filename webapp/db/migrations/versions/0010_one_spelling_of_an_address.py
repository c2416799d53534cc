"""An e-mail address has one spelling: composed characters, its domain in Unicode."""

import unicodedata

import idna
import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT id, email FROM customers"
            " WHERE email LIKE '%xn--%' OR email ~ '[^ -~]'"
        )
    ).all()
    for customer_id, email in rows:
        # Who has registered both spellings keeps both accounts.
        connection.execute(
            sa.text(
                "UPDATE customers SET email = :spelling WHERE id = :id AND NOT EXISTS"
                " (SELECT FROM customers AS other WHERE other.email = :spelling)"
            ),
            {"id": customer_id, "spelling": respell_address(email)},
        )


def downgrade() -> None:
    """Both spellings are valid: nothing to do."""


def respell_address(email: str) -> str:
    plain = unicodedata.normalize("NFC", email.strip().lower())
    local_part, at, domain = plain.rpartition("@")
    try:
        return f"{local_part}{at}{idna.decode(domain, uts46=True)}"
    except (idna.IDNAError, UnicodeError):
        return plain

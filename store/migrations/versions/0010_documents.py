"""A document beside a message: the certificate of a plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("document", sa.LargeBinary(), nullable=True))
    op.add_column("messages", sa.Column("document_name", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("messages", "document_name")
    op.drop_column("messages", "document")

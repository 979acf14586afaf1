"""What became of a promise, as it was passed on: so that it is passed on once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promises", sa.Column("passed_on", sa.String(16), nullable=True))


def downgrade() -> None:
    op.drop_column("promises", "passed_on")

"""Use a test database on PostgreSQL again: emptying it takes milliseconds, a new one half a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

_SHAPE = text("""
SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
  SELECT relname || relkind::text AS part FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT attrelid::regclass::text || attname || atttypid || attnotnull
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL SELECT tgname || tgenabled::text || tgfoid FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT setconfig::text FROM pg_db_role_setting
    JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()
  UNION ALL SELECT version_num FROM alembic_version
) AS parts
""")
_ALONE = text("""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
""")
_EMPTY = text("""
DO $$
DECLARE name text;
BEGIN
  SET LOCAL session_replication_role = replica;  -- past append-only triggers and foreign keys
  SET LOCAL synchronous_commit = off;
  SET LOCAL lock_timeout = '5s';
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
  FOR name IN SELECT sequencename FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', name); END LOOP;
END $$
""")


class Shelf:
    """Emptied databases of one test process, to be taken from before a new one is made."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._shape: str | None = None

    def take(self) -> str | None:
        """The name of an empty database with tables, if there is one."""
        return self._names.pop() if self._names else None

    def put(self, address: URL) -> bool:
        """Empty a database and keep it. False if a test changed more of it than its rows."""
        try:
            with _connected(address) as connection:
                connection.execute(_ALONE)
                shape = str(connection.scalar(_SHAPE))
                if shape != self._shape:
                    return False
                connection.execute(_EMPTY)
        except SQLAlchemyError:
            return False
        self._names.append(str(address.database))
        return True

    def learn(self, template: URL) -> None:
        """How a database looks that no test has touched."""
        with _connected(template) as connection:
            self._shape = str(connection.scalar(_SHAPE))


@contextmanager
def _connected(address: URL) -> Iterator[Connection]:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()

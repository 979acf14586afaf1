"""Column types: UTC instants, text that every database takes, sealed text, JSON, keys, and checks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Integer,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB

from store.errors import NaiveInstant
from store.field_keys import Blinded, key_id_of, keys_of, lost

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
Key = BigInteger().with_variant(Integer(), "sqlite")


def storable(text: str) -> str:
    """The text without what a database refuses: NUL (PostgreSQL) and lone surrogates (both)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


class UtcInstant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC to the microsecond. Raises NaiveInstant for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveInstant(
                "An instant without a time zone cannot be kept.", hint="Pass an aware UTC time."
            )
        value = value.astimezone(UTC)
        # SQLite keeps text: one zone and one width make its order the order of time.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FreeText(TypeDecorator[str]):
    """Text that people typed: whatever it holds, keeping it never fails."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class FreeJson(TypeDecorator[Any]):
    """JSON whose strings may hold what people typed; JSONB on PostgreSQL."""

    impl = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        # Nearly all values hold nothing that must go: finding that out is ten times as fast.
        written = json.dumps(value)
        if "\\u0000" not in written and "\\ud" not in written:
            return value
        return _storable_json(value)


class Sealed(TypeDecorator[str]):
    """Text that is kept sealed, if the database was opened with keys; see store/field_keys.py."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        keys = keys_of(dialect)
        return value if value is None or keys is None else keys.seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        keys = keys_of(dialect)
        if keys is not None:
            return keys.open(value)
        if (key_id := key_id_of(value)) is not None:
            raise lost(key_id)
        return value


class BlindIndex(TypeDecorator[str]):
    """Beside a sealed column, to find it: give it the text, it keeps and compares its HMAC."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        keys = keys_of(dialect)
        if value is None or keys is None or isinstance(value, Blinded):
            return value
        return keys.blind(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or keys_of(dialect) is None else Blinded(value)


def _storable_json(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): _storable_json(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable_json(item) for item in value]
        case _:
            return value


def one_of(column: str, values: type[StrEnum] | Iterable[str]) -> CheckConstraint:
    """A check that the column holds one of these values, named for the column."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def currency_check() -> CheckConstraint:
    """A check that `currency` looks like an ISO 4217 code."""
    return CheckConstraint("length(currency) = 3 AND currency = upper(currency)", name="currency")

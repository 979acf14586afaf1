"""Reads the fields of a JSON object one by one; each mistake names the case and the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from compliance.checks import second_of_day
from compliance.errors import RulesError, VectorError

_E = TypeVar("_E", bound=StrEnum)
_HINT = "Correct the file; its schema is repay-compliance-vectors/1.0."


class Fields:
    """One object of a case. `where` is the case, `path` leads to the object in it."""

    def __init__(self, data: Any, where: str, path: str) -> None:
        self.where = where
        self.path = path
        if not isinstance(data, Mapping):
            raise VectorError(f"{where}: {path or 'it'} is not an object.", hint=_HINT)
        self.data: Mapping[str, Any] = data

    def only(self, *keys: str) -> None:
        """Every one of these keys is there, and no other."""
        for key in keys:
            if key not in self.data:
                raise self.wrong(key, "is missing")
        for key in self.data:
            if key not in keys:
                raise self.wrong(str(key), "is not a key of the schema")

    def wrong(self, key: str, problem: str) -> VectorError:
        place = f"{self.path}.{key}" if self.path else key
        return VectorError(f"{self.where}: {place} {problem}.", hint=_HINT)

    def get(self, key: str) -> Any:
        if key not in self.data:
            raise self.wrong(key, "is missing")
        return self.data[key]

    def text(self, key: str) -> str:
        value = self.get(key)
        if not isinstance(value, str):
            raise self.wrong(key, "is not a text")
        return value

    def maybe_text(self, key: str) -> str | None:
        return None if self.get(key) is None else self.text(key)

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "is not true or false")
        return value

    def whole(self, key: str) -> int:
        value = self.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "is not a whole number")
        return value

    def items(self, key: str) -> list[Any]:
        value = self.get(key)
        if not isinstance(value, list):
            raise self.wrong(key, "is not a list")
        return value

    def texts(self, key: str) -> list[str]:
        values = self.items(key)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, "is not a list of texts")
        return values

    def maybe_texts(self, key: str) -> tuple[str, ...] | None:
        return None if self.get(key) is None else tuple(self.texts(key))

    def one_of(self, key: str, kind: type[_E]) -> _E:
        try:
            return kind(self.get(key))
        except ValueError:
            known = ", ".join(kind)
            raise self.wrong(key, f"is {self.get(key)!r}, not one of {known}") from None

    def maybe_one_of(self, key: str, kind: type[_E]) -> _E | None:
        return None if self.get(key) is None else self.one_of(key, kind)

    def instant(self, key: str) -> datetime:
        try:
            return datetime.strptime(self.text(key), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise self.wrong(key, "is not an instant such as 2026-06-10T12:00:00Z") from None

    def maybe_instant(self, key: str) -> datetime | None:
        return None if self.get(key) is None else self.instant(key)

    def day(self, key: str) -> date:
        """A date, or the UTC date of an instant."""
        text = self.text(key)
        try:
            return date.fromisoformat(text) if len(text) == 10 else self.instant(key).date()
        except ValueError:
            raise self.wrong(key, "is not a date such as 2026-06-10") from None

    def maybe_day(self, key: str) -> date | None:
        return None if self.get(key) is None else self.day(key)

    def second(self, key: str) -> int:
        try:
            return second_of_day(self.text(key))
        except ValueError as error:
            raise self.wrong(key, f"is wrong: {error}") from None

    def part(self, key: str) -> Fields:
        return Fields(self.get(key), self.where, f"{self.path}.{key}" if self.path else key)

    def maybe_part(self, key: str) -> Fields | None:
        return None if self.get(key) is None else self.part(key)

    def parts(self, key: str) -> list[Fields]:
        path = f"{self.path}.{key}" if self.path else key
        return [
            Fields(item, self.where, f"{path}[{number}]")
            for number, item in enumerate(self.items(key))
        ]


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Name the case in whatever else is wrong with it."""
    try:
        yield
    except VectorError:
        raise
    except RulesError as error:
        raise VectorError(f"{where}: {error.message}", hint=error.hint) from None

"""Wishes as JSON and back. The form is documented by `KINDS` and the fields of each type."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from compliance.wishes import (
    BadWish,
    Cease,
    ChannelConsent,
    ConsentType,
    Deceased,
    EmployerProhibits,
    InconvenientPlace,
    InconvenientTime,
    Medium,
    OnlyBorrower,
    OptOut,
    Place,
    PreferredChannel,
    PreferredHours,
    PreferredLanguage,
    Representation,
    Weekday,
    Window,
    Wish,
    WrongPerson,
)

KINDS: dict[str, type[Wish]] = {
    "consent": ChannelConsent,
    "opt_out": OptOut,
    "inconvenient_time": InconvenientTime,
    "inconvenient_place": InconvenientPlace,
    "employer_prohibits": EmployerProhibits,
    "only_borrower": OnlyBorrower,
    "preferred_language": PreferredLanguage,
    "preferred_hours": PreferredHours,
    "preferred_channel": PreferredChannel,
    "cease": Cease,
    "representation": Representation,
    "wrong_person": WrongPerson,
    "deceased": Deceased,
}
_NAMES = {kind: name for name, kind in KINDS.items()}

_FROM_JSON: dict[str, Any] = {
    "type": ConsentType,
    "channel": Medium,
    "place": Place,
    "until_on": date.fromisoformat,
    "valid_from": date.fromisoformat,
    "valid_until": date.fromisoformat,
    "days": lambda days: tuple(map(Weekday, days)),
    "window": lambda window: Window(**window),
}


def kind_of(wish: Wish) -> str:
    """The name under which a wish is kept, such as opt_out."""
    return _NAMES[type(wish)]


def to_json(wish: Wish) -> dict[str, Any]:
    """The fields of a wish as plain JSON values; what is None is left out."""
    return {
        field.name: _plain(value)
        for field in dataclasses.fields(wish)
        if (value := getattr(wish, field.name)) is not None
    }


def from_json(kind: str, values: Mapping[str, Any]) -> Wish:
    """Raises BadWish for an unknown kind, an unknown or missing field, or an impossible value."""
    if kind not in KINDS:
        raise BadWish(f"No wish is called {kind!r}.", hint=f"One of: {', '.join(KINDS)}.")
    try:
        read = {name: _FROM_JSON.get(name, _same)(value) for name, value in values.items()}
        return KINDS[kind](**read)
    except (TypeError, ValueError) as error:
        raise BadWish(
            f"These values are no {kind}.", hint=f"Correct them: {dict(values)}."
        ) from error


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(item) for item in value]
        case Window():
            return {"start_minute": value.start_minute, "end_minute": value.end_minute}
        case _:
            return value


def _same(value: Any) -> Any:
    return value

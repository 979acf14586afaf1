"""Read a JSON file as a form: what does not fit is told field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lending.accounts import Product
from lending.errors import TideoverError

FormT = TypeVar("FormT")


class BadFile(TideoverError):
    """The file cannot be read, or says something that makes no account."""


def read_form(path: Path, form: TypeAdapter[FormT], *, page: str = "docs/account-json.md") -> FormT:
    """The file as the form. Raises BadFile that names every wrong field and what it should be.

    `page` is where the form is told.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{path} cannot be read: {_reason(error)}.", hint="Give a JSON file in UTF-8."
        ) from error
    try:
        return form.validate_python(json.loads(content, object_pairs_hook=_no_field_twice))
    except ValidationError as error:
        raise BadFile(
            f"{path} does not fit the form: {_wrong_fields(error)}.",
            hint=f"{page} shows the form, with an example for each product.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadFile(
            f"{path} is not JSON: {error}.", hint="Mend the file at that place."
        ) from error


def _no_field_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same field twice")
    return found


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "not UTF-8"


def _wrong_fields(error: ValidationError) -> str:
    return "; ".join(
        f"{_field(one['loc'])}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors(include_url=False)
    )


def _field(place: tuple[int | str, ...]) -> str:
    """Where it is in the file; the products are no fields, but branches of the form."""
    return ".".join(str(part) for part in place if part not in set(Product)) or "the file"

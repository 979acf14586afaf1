"""Questions of the contact gate as JSON: what was asked can be asked again, years later."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from compliance.question import Question
from store.errors import StoreError

_QUESTION = TypeAdapter(Question)


class UnreadableQuestion(StoreError):
    """A stored question does not fit the types of this program."""


def question_to_json(question: Question) -> dict[str, Any]:
    """Plain JSON; instants are ISO."""
    plain: dict[str, Any] = _QUESTION.dump_python(question, mode="json")
    return plain


def question_from_json(kept: dict[str, Any]) -> Question:
    """Raises UnreadableQuestion."""
    try:
        return _QUESTION.validate_python(kept)
    except ValidationError as error:
        raise UnreadableQuestion(
            f"A stored contact question cannot be read: {error.error_count()} fields do not fit.",
            hint="Read it with the version of Tideover that wrote it.",
        ) from error

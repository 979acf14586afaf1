"""Replies that staff can start from: read from a file, filled in for one case, then edited and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.formats import Formats, hours_in
from bot.languages import ENGLISH, LANGUAGES
from bot.staff import Staff
from console.case_view import CaseView
from lending.errors import TideoverError

BUILT_IN = Path(__file__).with_name("canned_replies.yml")
VALUES = frozenset({"name", "staff", "lender", "hours", "day", "amount", "reference"})
_VALUE = re.compile(r"{(\w+)}")


class BadCannedReplies(TideoverError):
    """The file of canned replies cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReply:
    """One reply: its key, its title for staff, and its text, each by language."""

    key: str
    title: Mapping[str, str]
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledReply:
    """A reply for one case. `missing` are values that are not known; they stand in [brackets]."""

    key: str
    title: str
    text: str
    missing: tuple[str, ...] = ()


def load_canned(path: Path = BUILT_IN) -> tuple[CannedReply, ...]:
    """Raises BadCannedReplies."""
    try:
        entries = yaml.safe_load(path.read_text("utf-8"))
        replies = tuple(
            CannedReply(key=str(e["key"]), title=dict(e["title"]), text=dict(e["text"]))
            for e in entries
        )
    except (OSError, UnicodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise BadCannedReplies(
            f"The canned replies in {path.name} cannot be read ({type(error).__name__}).",
            hint="Compare it with console/canned_replies.yml.",
        ) from None
    for reply in replies:
        _check(reply, path)
    return replies


def fill(
    replies: tuple[CannedReply, ...],
    case: CaseView,
    staff: Staff,
    *,
    lender: str,
    team_hours: str,
) -> tuple[FilledReply, ...]:
    """All replies in the borrower's language, titles in the colleague's.

    What is about a debt is filled in for a verified borrower only.
    """
    language = case.conversation.language
    values = {"staff": staff.name, "lender": lender, "hours": hours_in(team_hours, language)}
    if case.borrower is not None and case.is_verified:
        values["name"] = case.borrower.called(language)
        values.update(_next_due(case))
    return tuple(_filled(reply, values, language, staff.language) for reply in replies)


def _next_due(case: CaseView) -> dict[str, str]:
    """The payment that is due first, over all accounts."""
    assert case.borrower is not None
    dues = [
        (view.position.next_due, view.file.account.reference)
        for view in case.accounts
        if view.position.next_due is not None
    ]
    if not dues:
        return {}
    due, reference = min(dues, key=lambda found: found[0].due_on)
    formats = Formats(case.conversation.language, case.borrower.country, case.today)
    return {
        "reference": reference,
        "day": formats.day(due.due_on),
        "amount": formats.money(due.amount),
    }


def _filled(
    reply: CannedReply, values: Mapping[str, str], language: str, staff_language: str
) -> FilledReply:
    text = reply.text.get(language) or reply.text[ENGLISH]
    missing = tuple(name for name in dict.fromkeys(_VALUE.findall(text)) if name not in values)
    return FilledReply(
        key=reply.key,
        title=reply.title.get(staff_language) or reply.title[ENGLISH],
        text=_VALUE.sub(lambda m: values.get(m[1], f"[{m[1]}]"), text),
        missing=missing,
    )


def _check(reply: CannedReply, path: Path) -> None:
    used = {name for text in reply.text.values() for name in _VALUE.findall(text)}
    if set(reply.text) != set(LANGUAGES) or set(reply.title) != set(LANGUAGES) or used - VALUES:
        raise BadCannedReplies(
            f"The canned reply {reply.key!r} in {path.name} is not complete.",
            hint=f"Give title and text in {', '.join(LANGUAGES)}; use {', '.join(sorted(VALUES))}.",
        )

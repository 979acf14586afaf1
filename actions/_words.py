"""Sentences and button labels that actions put together. The words themselves are in nlu/domain."""

from __future__ import annotations

from collections.abc import Iterable

from actions._base import Case, Desk
from bot.formats import hours_in
from bot.plan_words import Speech
from bot.texts import Texts
from lending.account_file import AccountFile
from lending.accounts import Account

ALL_TOPICS = "utter_all_topics"
"""Its buttons name every topic once, in each language."""


def texts() -> Texts:
    return Texts.load()


def words(case: Case, key: str, /, **values: str) -> str:
    """One sentence in the language of the case."""
    return texts().content(key, case.language, **values).text


def joined(case: Case, sentences: Iterable[str]) -> str:
    """Sentences in a row: with a space in English, without one in Chinese."""
    return (" " if case.language == "en" else "").join(sentences)


def button(case: Case, intent: str) -> tuple[str, str]:
    """(label, payload) of the plain button for an intent."""
    for known in texts().variant(ALL_TOPICS, case.language).buttons:
        if known.payload == f"/{intent}":
            return known.label, known.payload
    raise KeyError(intent)


def account_name(case: Case, account: Account) -> str:
    return Speech(texts=texts(), formats=case.formats).account(account)


def blocks(case: Case, parts: Iterable[tuple[AccountFile, str]]) -> str:
    """One paragraph per account, under its name when there is more than one."""
    parts = list(parts)
    if len(parts) == 1:
        return parts[0][1]
    return "\n\n".join(f"**{account_name(case, file.account)}**\n{text}" for file, text in parts)


def called(case: Case) -> str:
    """What to call a verified borrower: the given name, in Chinese the whole one."""
    if case.borrower is None:
        return ""
    return case.borrower.called(case.language)


def hours(case: Case, desk: Desk) -> str:
    return hours_in(desk.team_hours, case.language)

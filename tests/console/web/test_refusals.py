"""What the desk refuses is said in each language, with its amounts, days and codes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from console.web.labels import GROUPS, LABELS
from console.web.refusals import refusal_text
from console.web.rules import RuleTitles
from console.web.shown import Shown
from console.web.words import LANGUAGES, catalogue, words_in
from lending.errors import TideoverError
from lending.money import Money
from lending.plan_eligibility import Refusal
from lending.sentences import Sentence
from store.errors import StoreUnavailable

ROOT = Path(__file__).parents[3]
PACKAGES = ("lending", "compliance", "bot", "console", "store")
CHINESE = ("zh-Hans", "zh-Hant")

ELSEWHERE = re.compile(
    r"bot/(pay/|telegram|lean|dialogue|live|mail|sms|alerts|callback|certificate|texts|messages"
    r"|working_hours|plan_effects)|compliance/|store/(?!repositories|errors)"
    r"|console/(\w+_cli|api_?\w*|doctor|import_\w+|fineract|form_files|card_histories|plan_desk"
    r"|risk_\w+|canned)\.py"
    r"|lending/(behaviour|events|intake|lender_access|pay_ports|plan_undo|plan_certificate|plan_json"
    r"|portfolio|risk_score)\.py"
)
"""Modules whose refusals no page of the console shows: channels, feeds, files, commands."""

_FAULTS = """
LendingError CurrencyMismatch UnknownAccount UnpayableTerms BadAmount WrongCurrency DatesOutOfOrder
KeyReused UnknownPosting ReversalOfReversal AlreadyReversed MoreThanCredit MoreThanOwed
BadAllocation IllegalTransition WatermarkBack BadKey UnknownCountry WrongExponent NeverAmortises
InvalidDelinquencyTable InvalidPromise UnknownWish ConversationExists StoreError NaiveInstant
UnknownMessage
"""
"""Wrong calls and broken records: a fault of ours or of the lender's data."""

HIDDEN = {*_FAULTS.split(), "TooLateToUndo", "StoreUnavailable", "SealBroken"}
"""Also what only the assistant does, and what is said in general words (`is_outage`)."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not ELSEWHERE.match(name):
                yield name, ast.parse(path.read_text())


def shown_errors(known: list[tuple[str, ast.Module]]) -> set[str]:
    """Every class of error that these modules define, but for those that are hidden."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for _, tree in known
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    errors = {"TideoverError"}
    while more := {name for name, of in bases.items() if of & errors} - errors:
        errors |= more
    return errors - HIDDEN


def texts_of(call: ast.Call) -> Iterator[str]:
    """The texts of a refusal; one that another error wrote is found where that was raised."""
    for text in (*call.args[:1], *(word.value for word in call.keywords if word.arg == "hint")):
        match text:
            case ast.Constant(value=str(words)):
                yield words
            case ast.Call(func=ast.Name(id="Sentence" | "mark"), args=[ast.Constant(value=words)]):
                yield str(words)
            case ast.Attribute() | ast.Name() | ast.Call():
                pass
            case _:
                pytest.fail(f"cannot be translated: {ast.unparse(call)}")


def refusals() -> dict[str, str]:
    """Text by where it stands."""
    known = list(modules())
    errors, found = shown_errors(known), {}
    for name, tree in known:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in errors:
                found |= {words: f"{name}:{node.lineno}" for words in texts_of(node)}
            elif name == "console/sign_in.py" and ast.unparse(node).startswith("super().__init__("):
                assert isinstance(node, ast.Call | ast.Expr)
                call = node.value if isinstance(node, ast.Expr) else node
                assert isinstance(call, ast.Call)
                found |= {words: f"{name}:{node.lineno}" for words in texts_of(call)}
    return found


def rule_titles() -> set[str]:
    titles = RuleTitles()
    return {titles(rule) for rule in titles.known}


@pytest.mark.parametrize("language", CHINESE)
def test_every_refusal_has_its_chinese(language: str) -> None:
    known = catalogue(language)
    assert {text: where for text, where in refusals().items() if text not in known} == {}


@pytest.mark.parametrize("language", CHINESE)
def test_every_rule_has_its_chinese(language: str) -> None:
    assert rule_titles() - set(catalogue(language)) == set()


def test_values_are_written_as_the_reader_writes_them() -> None:
    error = TideoverError(
        Sentence(
            "You may waive %(limit)s on one account in a year; %(left)s of it is left.",
            limit=Money(5_000, "USD"),
            left=Money(1_050, "USD"),
        ),
        hint=Sentence("No plan can start on this account now (%(why)s).", why=Refusal.TOO_EARLY),
    )
    assert str(error.message).startswith("You may waive USD 50 on one account in a year; USD 10.50")
    assert "(too_early)" in error.hint
    told = {
        language: refusal_text(error, words_in(language), Shown(words_in(language), "UTC"))
        for language in LANGUAGES
    }
    assert "$50.00" in told["en"]["text"] and "the account is too young" in told["en"]["hint"]
    for language in CHINESE:
        assert "US$10.50" in told[language]["text"]
        assert not re.search("[a-z]{2}", told[language]["text"] + told[language]["hint"])


def test_a_day_is_written_as_the_reader_writes_it() -> None:
    day = Sentence("The hold has ended on %(day)s already.", day=date(2026, 12, 1))
    assert day == "The hold has ended on 2026-12-01 already."
    for language, written in (("en", "Tue 1 Dec 2026"), ("zh-Hans", "2026年12月1日")):
        words = words_in(language)
        assert written in refusal_text(TideoverError(day), words, Shown(words, "UTC"))["text"]


def test_codes_that_refusals_name_have_names() -> None:
    for codes, group in GROUPS.items():
        assert {code.value for code in codes} - set(LABELS[group]) == set()


def test_where_the_database_stands_is_not_told_on_a_page() -> None:
    words = words_in("en")
    told = refusal_text(StoreUnavailable("No db.internal:5432."), words, Shown(words, "UTC"))
    assert "db.internal" not in str(told) and told["hint"]

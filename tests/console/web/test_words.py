"""Both languages are whole: every text of the pages has its Chinese, with the same values in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

import console.web
from bot.clocks import ClockKind
from bot.conversation import EscalationReason, IdentityStage, Outcome
from bot.handover import Owner
from bot.messages import Author, Channel, DeliveryState
from bot.mood import Mood
from bot.staff import Role
from bot.staff_events import EventKind
from compliance.phrases import Bilingual
from compliance.terms import ContactOutcome, Direction, Effect, Phase, Purpose
from compliance.wish_records import KINDS
from console.web.labels import LABELS
from console.web.words import Words, catalogue, language_of
from lending.accounts import AccountStatus, PaymentStatus, Product
from lending.holds import HoldKind, Suspended
from lending.payment_claims import ClaimState
from lending.plan_eligibility import Refusal
from lending.plan_offer import Goal
from lending.plan_records import OfferState, PlanState
from lending.promise_states import PromiseState
from tests.console.web.test_refusals import CHINESE, refusals, rule_titles

FOLDER = Path(console.web.__file__).parent
VALUE = re.compile(r"%\((\w+)\)s")
CODES = {
    "role": Role,
    "reason": EscalationReason,
    "owner": Owner,
    "outcome": Outcome,
    "author": Author,
    "channel": Channel,
    "delivery": DeliveryState,
    "identity": IdentityStage,
    "product": Product,
    "promise": PromiseState,
    "claim": ClaimState,
    "hold": HoldKind,
    "suspends": Suspended,
    "offer": OfferState,
    "plan": PlanState,
    "goal": Goal,
    "effect": Effect,
    "purpose": Purpose,
    "phase": Phase,
    "direction": Direction,
    "clock": ClockKind,
    "event": EventKind,
    "call": ContactOutcome,
    "mood": Mood,
    "wish": KINDS,
    "status": AccountStatus,
    "payment": PaymentStatus,
    "refusal": Refusal,
}


def texts_of_the_pages() -> set[str]:
    found = extract_from_dir(
        FOLDER,
        method_map=[("**.html", "jinja2"), ("**.py", "python")],
        keywords={"_": None, "say": None, "mark": None, "m": None},
        options_map={"**.html": {"extensions": "jinja2.ext.do"}},
    )
    return {m[2] if isinstance(m[2], str) else m[2][0] for m in found}


@pytest.mark.parametrize("language", CHINESE)
def test_every_text_has_its_chinese_and_none_is_left_over(language: str) -> None:
    known = set(catalogue(language))
    assert texts_of_the_pages() - known == set()
    assert known - texts_of_the_pages() - set(refusals()) - rule_titles() == set()


@pytest.mark.parametrize("language", CHINESE)
def test_a_translation_has_the_same_values_in_it(language: str) -> None:
    for english, chinese in catalogue(language).items():
        assert set(VALUE.findall(english)) == set(VALUE.findall(chinese)), english


def test_every_code_that_a_page_can_show_has_a_name() -> None:
    lacking = [
        f"{group}: {code}"
        for group, codes in CODES.items()
        for code in codes
        if str(getattr(code, "value", code)) not in LABELS[group]
    ]
    assert lacking == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,en;q=0.5", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK,zh", "zh-Hant"),
        ("de,en", "en"),
    ],
)
def test_the_browser_says_which_chinese(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_of_two_languages_the_reader_gets_theirs() -> None:
    text = Bilingual(en="A threat.", zh="威胁借款人。")
    told = [Words(language).choose(text) for language in ("en", "zh-Hans", "zh-Hant")]
    assert told == ["A threat.", "威胁借款人。", "威脅借款人。"]


def test_what_a_catalogue_lacks_is_said_in_english() -> None:
    assert Words("zh-Hans").say("A text that nobody translated") == "A text that nobody translated"
    assert Words("tlh").language == "en"

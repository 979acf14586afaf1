"""The words and examples: complete in three languages, and fitting the code."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

import actions
from actions._base import Topic
from actions._forms import FormCheck
from bot.callback_data import PAYLOAD_LIMIT_BYTES

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT.parent / "shared" / "nlu"
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
PAYLOAD_ONLY = {"ask_payoff_on_date", "payment_not_there", "choose_language", "plan", "resume"}
LEAST_EXAMPLES = {"en": 120, "zh-Hans": 120, "zh-Hant": 120, "mixed": 60}

# What the router and the actions can fill in.
VARIABLES = {
    "lender", "left", "name", "hours", "account", "amount", "since", "due", "least", "full",
    "reference", "day", "days", "closed", "balance", "count", "rows", "lines", "blocks",
    "details", "url", "phone", "line", "emergency", "rate", "language_name", "accounts", "contact",
    "wishes", "way", "when", "start", "end", "wait", "heard", "intro", "label",
    "runs", "run", "cost", "ends",
    "total", "terms", "difference", "overdue", "nearest", "available", "old", "last", "interest",
    "code", "owed", "received", "rest", "currency",
}  # fmt: skip

ROUTER_TEXTS = {
    "utter_welcome_telegram": {"lender"},
    "utter_welcome_web": {"lender"},
    "utter_welcome_terminal": {"lender"},
    "utter_ask_second_fact": {"lender"},
    "utter_ask_second_fact_short": set(),
    "utter_identity_wrong": {"left"},
    "utter_identity_locked": set(),
    "utter_identity_ok": {"name"},
    "utter_link_bad": {"lender"},
    "utter_link_guessing": set(),
    "utter_need_link": {"lender"},
    "utter_identity_lapsed": {"lender"},
    "utter_stopped": set(),
    "utter_started_again": set(),
    "utter_language_choice": set(),
    "utter_language_switched": set(),
    "utter_empty": set(),
    "utter_too_long": set(),
    "utter_only_emoji": set(),
    "utter_sticker": set(),
    "utter_picture": set(),
    "utter_voice": set(),
    "utter_location": set(),
    "utter_contact": set(),
    "utter_file": set(),
    "utter_stale_button": set(),
    "utter_engine_error": set(),
    "utter_queued": {"hours"},
    "utter_still_queued": {"hours"},
    "utter_person_is_here": set(),
    "utter_note_passed_on": set(),
    "utter_queued_wait": {"wait", "hours"},
    "utter_queued_closed": {"when", "hours"},
    "utter_person_joined": {"name"},
    "utter_person_stepped_away": {"name"},
    "utter_nobody_free": {"hours"},
    "utter_back": {"name"},
    "utter_back_promise": {"name", "day"},
    "utter_back_due_date": {"name", "day"},
    "utter_back_plan": {"name"},
    "utter_back_hold": {"name"},
    "utter_person_closed": {"name"},
    "utter_ask_rating": {"name"},
    "utter_rating_labels": set(),
    "utter_rating_thanks": set(),
    "utter_rating_sorry": set(),
}


def _domain() -> dict[str, Any]:
    merged: dict[str, Any] = {"responses": {}}
    for path in sorted((ROOT / "nlu" / "domain").glob("*.yml")):
        part = yaml.safe_load(path.read_text("utf-8"))
        for key, value in part.pop("responses", {}).items():
            assert key not in merged["responses"], f"{key} stands in two files"
            merged["responses"][key] = value
        merged.update(part)
    return merged


DOMAIN = _domain()
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
INTENTS = set(DOMAIN["intents"]) | {"nlu_fallback"}


def _language(variant: dict[str, Any]) -> str:
    match variant.get("condition"):
        case None:
            return "en"
        case [{"type": "slot", "name": "language", "value": value}]:
            return str(value)
        case other:
            raise AssertionError(f"unknown condition {other}")


def _variables(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def _examples() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for path in sorted((ROOT / "nlu" / "data").glob("*/*.yml")):
        for entry in yaml.safe_load(path.read_text("utf-8")).get("nlu") or ():
            lines = [line.strip()[2:] for line in entry["examples"].splitlines() if line.strip()]
            found.setdefault(path.parent.name, {}).setdefault(entry["intent"], []).extend(lines)
    return found


EXAMPLES = _examples()


@pytest.mark.parametrize("key", sorted(RESPONSES))
def test_a_text_has_one_variant_per_language_with_the_same_values(key: str) -> None:
    variants = RESPONSES[key]
    assert Counter(map(_language, variants)) == Counter(LANGUAGES)
    used = {frozenset(_variables(variant["text"])) for variant in variants}
    assert len(used) == 1
    assert used.pop() <= VARIABLES


@pytest.mark.parametrize("key", sorted(RESPONSES))
def test_buttons_do_the_same_in_each_language_and_fit_telegram(key: str) -> None:
    by_language = [
        [button["payload"] for button in variant.get("buttons") or ()] for variant in RESPONSES[key]
    ]
    assert by_language[0] == by_language[1] == by_language[2]
    for written in by_language[0]:
        payload = written.replace("{{", "{").replace("}}", "}")
        name, values = re.fullmatch(r"/(\w+)({.*})?", payload).groups()
        assert name in INTENTS
        assert set(json.loads(values or "{}")) <= set(DOMAIN["entities"])
        assert len(payload.encode()) <= PAYLOAD_LIMIT_BYTES


@pytest.mark.parametrize("key", sorted(RESPONSES))
def test_chinese_texts_are_chinese_and_polite(key: str) -> None:
    simplified, traditional = RESPONSES[key][1]["text"], RESPONSES[key][2]["text"]
    for text in (simplified, traditional):
        assert "你" not in text
        assert not re.search("催收|逾期|欠债|欠債|最后通牒|立即|马上|馬上", text)
    assert not re.search("[帐这应还]|人工", traditional)
    assert not re.search("[帳這應還]|專員", simplified)


@pytest.mark.parametrize("key", sorted(RESPONSES))
def test_no_text_presses(key: str) -> None:
    text = RESPONSES[key][0]["text"].lower()
    assert not re.search(r"\b(final|last chance|immediately|must pay|or else|failed to)\b", text)
    assert text.count("?") <= 1


@pytest.mark.parametrize(("key", "variables"), ROUTER_TEXTS.items())
def test_the_router_finds_its_texts_and_can_fill_them(key: str, variables: set[str]) -> None:
    assert _variables(RESPONSES[key][0]["text"]) <= variables


def test_every_action_named_is_there_and_every_class_is_named() -> None:
    for module in pkgutil.iter_modules(actions.__path__, "actions."):
        importlib.import_module(module.name)
    classes = [*Topic.__subclasses__(), *FormCheck.__subclasses__()]
    names = [cls.action_name for cls in classes]
    assert Counter(names) == Counter(DOMAIN["actions"])


def test_every_intent_has_a_rule() -> None:
    ruled = set()
    for path in (ROOT / "nlu" / "data" / "rules").glob("*.yml"):
        for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]:
            ruled |= {step["intent"] for step in rule["steps"] if "intent" in step}
    assert ruled == INTENTS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", sorted(INTENTS - PAYLOAD_ONLY - {"nlu_fallback"}))
def test_an_intent_has_enough_examples(intent: str, language: str) -> None:
    assert len(set(EXAMPLES[language].get(intent, ()))) >= LEAST_EXAMPLES[language]


def test_examples_teach_known_intents_only() -> None:
    taught = {intent for by_intent in EXAMPLES.values() for intent in by_intent}
    assert taught == INTENTS - PAYLOAD_ONLY - {"nlu_fallback"}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_no_sample_message_is_used_for_training() -> None:
    taught = {
        _plain(text)
        for by_intent in EXAMPLES.values()
        for texts in by_intent.values()
        for text in texts
    }
    samples = set()
    for path in SAMPLES.glob("sample_*.tsv"):
        for row in path.read_text("utf-8").splitlines()[1:]:
            samples.add(_plain(row.split("\t")[0]))
    # Greetings and single words are what anyone writes; they are nobody's sample.
    assert {text for text in samples & taught if len(text) > 12} == set()


def _plain(text: str) -> str:
    return re.sub(r"\W", "", text.lower())

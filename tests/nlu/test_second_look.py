"""What must never be missed: the safety sets, written before any training example was read."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from bot.engine import RasaEngine, lock_store, memory_tracker_store
from nlu import second_look
from nlu.second_look import SAFETY, BrokenPhrases, is_urgent, look, look_again, reconsidered

FOLDER = Path(__file__).parent
LEAST_RECALL = {
    "express_distress": 0.98,
    "set_contact_preferences": 0.98,
    "talk_to_human": 0.98,
    "dispute_debt": 0.94,
    "wrong_person": 0.94,
    "legal_representation": 0.94,
}
LEAST_PRECISION = 0.9
"""Of the set, whose ordinary messages were chosen to look like these."""


def safety_set(language: str) -> list[tuple[str, str, str]]:
    path = FOLDER / f"safety_{language}.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["text"], row["intent"], row["kind"]) for row in rows]


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_model_with_the_second_look_finds_what_must_not_be_missed(
    model: Path, language: str
) -> None:
    engine = RasaEngine.load(
        model, tracker_store=memory_tracker_store(), lock_store=lock_store(None)
    )
    rows = safety_set(language)
    assert len(rows) >= 150
    alone: Counter[str] = Counter()
    right: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    missed: list[tuple[str, str, str]] = []
    for text, intent, _ in rows:
        by_model = (await engine._parse(text))["intent"]["name"]
        found = (await engine.read(text, language=language))["intent"]["name"]
        taken[found] += 1
        alone[intent] += by_model == intent
        right[intent] += found == intent
        if found != intent and (intent in SAFETY or found in SAFETY):
            missed.append((text, intent, found))
    support = Counter(intent for _, intent, _ in rows)
    for intent in SAFETY:
        recall = right[intent] / support[intent]
        precision = right[intent] / taken[intent]
        print(
            f"{language} {intent}: recall {recall:.3f} (model alone"
            f" {alone[intent] / support[intent]:.3f}), precision {precision:.3f}"
        )
        assert recall >= LEAST_RECALL[intent], missed
        assert precision >= LEAST_PRECISION, missed


ORDINARY = [
    ("stop the autopay", "make_payment"),
    ("can I talk about my balance", "check_balance"),
    ("not my day", "out_of_scope"),
    ("I'm dying to pay this off", "check_balance"),
    ("when does the interest stop", "ask_fees_interest"),
    ("the agent said i could pay later", "request_extension"),
    ("are you a human or a bot", "ask_are_you_bot"),
    ("my phone died, when is it due", "check_due_date"),
    ("can i stop by and pay cash", "make_payment"),
    ("human error on my side", "report_paid"),
    ("what's the dead line", "check_due_date"),
    ("i want to end the loan early", "ask_payoff"),
    ("笑死，下期多少", "check_balance"),
    ("停掉自動扣款", "make_payment"),
    ("想一次性还清 一了百了", "make_payment"),
    ("手续费高死了", "ask_fees_interest"),
    ("你是真人吗", "ask_are_you_bot"),
    ("不用谢", "thank"),
    ("累死了 今天发工资 等下就还", "promise_to_pay"),
    ("", "nlu_fallback"),
    ("12345", "inform"),
]


@pytest.mark.parametrize(("text", "intent"), ORDINARY)
@pytest.mark.parametrize("confidence", [0.0, 0.35, 0.99])
def test_an_ordinary_message_stays_what_the_model_took_it_for(
    text: str, intent: str, confidence: float
) -> None:
    assert look(text, "en", intent, confidence) == intent


CERTAIN = [
    ("i want to end it all", "express_distress"),
    ("STOP messaging me!!!", "set_contact_preferences"),
    ("s t o p", "set_contact_preferences"),
    ("human pls", "talk_to_human"),
    ("I never took this loan", "dispute_debt"),
    ("wrong number mate", "wrong_person"),
    ("my lawyer handles this", "legal_representation"),
    ("不想活了", "express_distress"),
    ("活著好累 不想活了", "express_distress"),
    ("別再傳訊息來", "set_contact_preferences"),
    ("唔好再打嚟", "set_contact_preferences"),
    ("转人工", "talk_to_human"),
    ("i just want 去死", "express_distress"),
    ("別再 call 我了 please", "set_contact_preferences"),
    ("ｓｔｏｐ ｍｅｓｓａｇｉｎｇ ｍｅ", "set_contact_preferences"),
]


@pytest.mark.parametrize(("text", "intent"), CERTAIN)
@pytest.mark.parametrize("model_says", ["check_balance", "nlu_fallback", "affirm"])
def test_a_sure_phrase_counts_whatever_the_model_says(
    text: str, intent: str, model_says: str
) -> None:
    assert look(text, "zh-Hans", model_says, 0.97) == intent
    assert is_urgent(text)


def test_the_gravest_of_several_counts() -> None:
    assert look("stop calling me i want to kill myself", "en", "x", 0.9) == "express_distress"
    assert look("wrong number, stop texting me", "en", "x", 0.9) == "wrong_person"
    assert look("别再发了 我要找人工", "zh-Hans", "x", 0.9) == "set_contact_preferences"


def test_a_possible_phrase_gives_way_to_a_clear_model() -> None:
    text = "i was in hospital so this is late, paying friday"
    assert look(text, "en", "promise_to_pay", 0.9) == "promise_to_pay"
    assert look_again(text, "promise_to_pay", 0.4).intent == "express_distress"
    assert look_again(text, "promise_to_pay", 0.4).is_changed


def test_a_complaint_stays_one_unless_it_says_stop() -> None:
    assert look("你们这是骚扰", "zh-Hans", "complain", 0.8) == "complain"
    assert look("stop harassing me", "en", "complain", 0.8) == "set_contact_preferences"


def test_what_is_sure_is_said_in_the_middle_of_a_long_message_too() -> None:
    text = "about my loan " * 100 + "i want to kill myself " + "and the fees " * 100
    assert look(text, "en", "ask_fees_interest", 0.9) == "express_distress"
    ends = "i want to kill myself. " + "x" * 100_000
    assert look(ends, "en", "nlu_fallback", 0.3) == "express_distress"


def test_parse_data_is_changed_as_little_as_needed() -> None:
    parsed = {
        "text": "stop messaging me",
        "intent": {"name": "check_balance", "confidence": 0.5},
        "intent_ranking": [
            {"name": "check_balance", "confidence": 0.5},
            {"name": "set_contact_preferences", "confidence": 0.2},
        ],
        "entities": [],
        "also": [{"name": "set_contact_preferences", "confidence": 0.7, "text": "stop"}],
    }
    after = reconsidered(parsed, "stop messaging me", "en")
    assert after["intent"] == {"name": "set_contact_preferences", "confidence": 0.95}
    assert [one["name"] for one in after["intent_ranking"]] == [
        "set_contact_preferences",
        "check_balance",
    ]
    assert after["also"] == []
    assert parsed["intent"] == {"name": "check_balance", "confidence": 0.5}
    unchanged = {"intent": {"name": "greet", "confidence": 0.9}}
    assert reconsidered(unchanged, "hello", "en") is unchanged


@pytest.mark.parametrize("content", ["- a\n", "talk_to_human:\n  sure: |\n    (\n", ": :", ""])
def test_a_broken_phrase_file_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "xx.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BrokenPhrases, match=r"xx\.yml") as caught:
        second_look._read(path)
    assert caught.value.hint


def test_a_model_that_is_certain_of_something_else_keeps_its_mind_but_for_the_gravest() -> None:
    film = "my lawyer in the film was brilliant"
    assert look(film, "en", "out_of_scope", 0.95) == "out_of_scope"
    assert look(film, "en", "out_of_scope", 0.85) == "legal_representation"
    assert look("i want to die", "en", "out_of_scope", 0.99) == "express_distress"
    assert look("stop texting me", "en", "out_of_scope", 0.99) == "set_contact_preferences"

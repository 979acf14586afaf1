"""The figures of an evaluation, worked by hand; the examples' families; what is shown to label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlu.components.features import Counted, Grams
from nlu.components.intent_model import Understanding
from nlu.components.linear import Fit
from nlu.components.words import normalise, split_clauses, split_words
from nlu.confusion_picture import confusion_picture
from nlu.evaluate import BadMessages, Message, _folds, read_messages
from nlu.examples import Example, doubles, families, overlaps, without_doubles
from nlu.inbox import pseudonymised
from nlu.names import acted_on, reported
from nlu.scoring import Answer, accuracy, calibration_error, confusions, macro_f1, per_intent


def answer(meant: str, taken: str, confidence: float = 1.0) -> Answer:
    return Answer(text="x", meant=meant, taken=taken, confidence=confidence, language="en")


def test_figures_are_those_worked_by_hand() -> None:
    answers = [answer("a", "a"), answer("a", "b"), answer("b", "b"), answer("b", "b")]

    scores = per_intent(answers)

    assert (scores["a"].precision, scores["a"].recall) == (1.0, 0.5)
    assert scores["b"].precision == pytest.approx(2 / 3)
    assert macro_f1(answers) == pytest.approx((2 / 3 + 0.8) / 2)
    assert accuracy(answers) == 0.75
    assert confusions(answers) == [{"meant": "a", "taken": "b", "count": 1}]


def test_an_intent_that_nobody_meant_costs_precision_and_adds_no_row() -> None:
    answers = [answer("a", "c"), answer("a", "a")]

    assert set(per_intent(answers)) == {"a"}
    assert accuracy([]) == macro_f1([]) == 0.0


def test_calibration_is_perfect_when_confidence_is_the_share_that_is_right() -> None:
    half = [answer("a", "a", 0.5), answer("a", "b", 0.5)]

    assert calibration_error(half) == 0.0
    assert calibration_error([answer("a", "b", 0.9)]) == pytest.approx(0.9)


def test_a_file_is_read_by_its_header_and_further_columns_are_ignored(tmp_path: Path) -> None:
    file = tmp_path / "m.tsv"
    file.write_text('text\tintent\tsource\nsay "hi"\tgreet\tme\n好\taffirm\tme\n', "utf-8")

    assert read_messages(file) == (
        Message(text='say "hi"', intent="greet"),
        Message(text="好", intent="affirm"),
    )


@pytest.mark.parametrize("content", ["", "a\tb\n1\t2\n", "text\tintent\nhello\n"])
def test_a_file_that_is_none_is_refused_with_what_to_do(tmp_path: Path, content: str) -> None:
    file = tmp_path / "m.tsv"
    file.write_text(content, "utf-8")

    with pytest.raises(BadMessages) as refused:
        read_messages(file)

    assert refused.value.hint


def example(text: str, intent: str = "greet", language: str = "en") -> Example:
    return Example(text=text, intent=intent, language=language)


def test_near_copies_are_one_family_and_never_on_both_sides_of_a_split() -> None:
    examples = [
        example("when is my payment due"),
        example("when's my payment due?"),
        example("what is the weather like in paris"),
        example("我要找人工客服"),
    ]

    family = families(examples)
    fold = _folds(family, 2)

    assert family[0] == family[1]
    assert len(set(family)) == 3
    assert fold[0] == fold[1]


def test_the_check_finds_doubles_and_intents_that_overlap() -> None:
    examples = [
        example("When is it due?", "check_due_date"),
        example("when is it due", "check_due_date"),
        example("when is it due", "ask_schedule"),
    ]

    assert len(doubles(examples)) == 2
    assert {pair.second.intent for pair in overlaps(examples)} == {"ask_schedule"}


def test_the_same_words_in_both_scripts_are_one_example() -> None:
    both = [example("怎么还", language="zh-Hans"), example("怎麼還", language="zh-Hant")]

    assert len(without_doubles(both)) == 1


def test_words_are_those_of_both_languages_in_one_form() -> None:
    assert normalise("ＰＡＹ 還款") == "pay 还款"
    assert "还款" in split_words(normalise("我想 delay 還款"))


def test_a_message_with_several_wishes_has_several_parts() -> None:
    parts = split_clauses("I paid yesterday, why do you still write? stop it")

    assert parts == ["I paid yesterday", "why do you still write", "stop it"]
    assert split_clauses("我还了，别再打电话") == ["我还了", "别再打电话"]


def test_an_unclear_message_that_may_be_urgent_is_acted_on() -> None:
    ranking = [("nlu_fallback", 0.3), ("express_distress", 0.28), ("complain", 0.2)]

    assert acted_on("nlu_fallback", ranking) == "express_distress"
    assert acted_on("nlu_fallback", [("nlu_fallback", 0.3), ("greet", 0.2)]) == "nlu_fallback"
    assert reported("ask_payoff") == "check_balance"


@pytest.mark.parametrize(
    ("written", "gone"),
    [
        ("my number is 415 555 0199 call me", "0199"),
        ("mail me at ann.lee@example.com please", "ann"),
        ("hi, my name is Maria Lopez", "Lopez"),
        ("我叫王小明，想查账单", "王小明"),
        ("see https://example.com/x?id=77", "example"),
    ],
)
def test_what_points_to_a_person_is_replaced(written: str, gone: str) -> None:
    assert gone not in pseudonymised(written)


def test_the_picture_has_a_cell_for_each_pair_and_says_how_many_of_a_hundred() -> None:
    answers = [answer("a", "a"), answer("a", "b"), answer("b", "b"), answer("b", "b")]

    drawn = confusion_picture(answers)

    assert drawn.count("<rect") == 1 + 4
    assert drawn.count(">50</text>") == 2
    assert drawn.count(">100</text>") == 1


def test_texts_counted_together_weigh_what_each_weighs_alone() -> None:
    texts = ["how much do i owe", "how much how much", "我还欠多少", "还欠多少钱", "", "owe"]
    counted = Counted.of(texts)
    grams = Grams.learnt_from(counted)

    together = grams.weighed(counted)

    assert together.nnz > 0
    assert np.allclose(together.toarray(), grams.matrix(texts).toarray(), atol=1e-6)


def test_of_two_that_contradict_each_other_the_one_that_counts_more_is_believed() -> None:
    texts, intents = ["how much do i owe", "how much do i owe"], ["check_balance", "help"]
    for weights, believed in (([1.0, 0.2], "check_balance"), ([0.2, 1.0], "help")):
        learnt = Understanding.learnt_from(
            texts, intents, weights=weights, fit=Fit(), temperature=1.0
        )
        assert learnt.read("how much do i owe").name == believed


def test_of_what_may_be_either_what_must_not_be_missed_is_taken() -> None:
    texts, intents = ["i cannot go on", "i cannot go on"], ["complain", "express_distress"]
    for odds, taken in ((2.0, "express_distress"), (0.5, "complain")):
        learnt = Understanding.learnt_from(texts, intents, fit=Fit(lean=odds), temperature=1.0)
        reading = learnt.read("i cannot go on")

        assert reading.name == taken
        assert reading.confidence == pytest.approx(2 / 3, abs=0.01)


def test_what_hardly_stood_in_the_examples_is_known_as_such() -> None:
    texts = ["how much do i owe", "how much is the fee", "我还欠多少", "还欠多少钱"]
    known = Grams.learnt_from(Counted.of([normalise(text) for text in texts])).known_share

    assert known("how much") == 1.0
    assert known("hwo muhc") > known("qwrtp lkjhg")
    assert known("qwrtp lkjhg") < 0.2
    assert known("多少") == 1.0
    assert known("饕餮魑魅魍魉龘") == 0.0
    assert known("12 / 34") == known("ttyl") == 1.0


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("我幾時要還錢呀", "我什么时候要还钱呀"),
        ("可唔可以遲少少", "可不可以迟一点"),
        ("點還呀", "怎么还呀"),
        ("我係佢老婆", "我是他老婆"),
        ("聯繫我 關係 系統", "联系我 关系 系统"),
        ("晚點繳款", "晚点还款"),
        ("幾點扣", "几点扣"),
    ],
)
def test_words_of_hong_kong_and_taiwan_are_read_in_their_usual_form(
    written: str, usual: str
) -> None:
    assert normalise(written) == usual

"""Bad messages are caught with the right category; good ones pass with no finding.

The messages stand in wording_*.tsv beside this file: category, tab, text. In the good ones the
category is the one that the text comes near to.
"""

from __future__ import annotations

import re
import string
from pathlib import Path

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.texts import Texts
from compliance.disclosures import DISCLOSURES
from compliance.folding import fold, readings
from compliance.phrase_files import BANNED_CATEGORIES, load_phrases
from compliance.wording import Severity, WordingContext, check_wording

HERE = Path(__file__).parent
LENDERS_HOST = ("pay.northbank.example",)


def _rows(kind: str) -> list[tuple[str, str]]:
    rows = []
    for path in sorted(HERE.glob(f"wording_{kind}*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            category, text = line.split("\t")
            rows.append((category, text))
    return rows


BAD_EN, BAD_ZH = _rows("bad_en"), _rows("bad_zh")
GOOD = [text for _, text in _rows("good_en") + _rows("good_zh")]


def _categories(text: str, **more: str) -> set[str]:
    found = check_wording(text, allowed_links=LENDERS_HOST, **more)
    return {finding.category for finding in found}


@pytest.mark.parametrize(("category", "text"), BAD_EN + BAD_ZH)
def test_a_bad_message_is_caught(category: str, text: str) -> None:
    assert category in _categories(text)


@pytest.mark.parametrize("text", GOOD)
def test_a_good_message_passes(text: str) -> None:
    assert check_wording(text, allowed_links=LENDERS_HOST) == ()


@pytest.mark.parametrize("rows", [BAD_EN, BAD_ZH])
def test_the_sets_cover_every_category(rows: list[tuple[str, str]]) -> None:
    assert {category for category, _ in rows} == {
        *BANNED_CATEGORIES, "asks_secret", "link_not_allowed",
    }  # fmt: skip


def test_each_set_is_large_enough() -> None:
    for kind in ("bad_en", "bad_zh", "good_en", "good_zh"):
        lengths = [
            len((HERE / f"wording_{kind}{part}.tsv").read_text("utf-8").splitlines())
            for part in ("", "_fresh")
        ]
        assert lengths[0] >= 60
        assert lengths[1] >= 25


_TEXTS = Texts.load()
_SAID = [
    (key, language, words)
    for key in sorted(_TEXTS.keys)
    for language in ("en", "zh-Hans", "zh-Hant")
    for words in (
        _TEXTS.variant(key, language).text,
        *(button.label for button in _TEXTS.variant(key, language).buttons),
    )
]


def test_nothing_that_the_assistant_says_is_banned() -> None:
    assert len(_SAID) > 300
    found = [
        (key, language, finding.category, finding.matched)
        for key, language, words in _SAID
        for finding in check_wording(words, language=language)
    ]
    assert found == []


def test_no_phrase_hides_behind_a_missing_cue() -> None:
    """Cues only save time: with every phrase tried on every text, nothing more is found."""
    book = load_phrases()
    for text in [text for _, text in BAD_EN + BAD_ZH] + GOOD:
        for reading in readings(text, book.spellings):
            cued = {id(phrase) for phrase in book.cued(reading.text)}
            for phrase in book.phrases:
                if phrase.pattern.search(reading.text):
                    assert id(phrase) in cued, (phrase.name, text)


# --- the same message, typed otherwise ---

_TO_TRADITIONAL = opencc.OpenCC("s2t")
_FULL_WIDTH = {ord(c): chr(ord(c) + 0xFEE0) for c in string.ascii_letters + string.digits}
_CYRILLIC = str.maketrans("aeopcxy", "аеорсху")
# Where digits, links or spelled-out letters are the point, other marks change the message.
_WORDS_EN = [row for row in BAD_EN if row[0] != "link_not_allowed"]
_WORDS_ZH = [row for row in BAD_ZH if row[0] != "link_not_allowed"]


@pytest.mark.parametrize(("category", "text"), _WORDS_ZH)
def test_traditional_characters_hide_nothing(category: str, text: str) -> None:
    assert category in _categories(_TO_TRADITIONAL.convert(text))


@pytest.mark.parametrize(("category", "text"), _WORDS_EN)
def test_decorated_letters_hide_nothing(category: str, text: str) -> None:
    assert category in _categories(text.translate(_FULL_WIDTH))
    assert category in _categories(text.translate(_CYRILLIC))
    assert category in _categories("\u200b".join(text))
    assert category in _categories(text.upper())


@pytest.mark.parametrize(("category", "text"), _WORDS_ZH)
def test_characters_set_apart_hide_nothing(category: str, text: str) -> None:
    assert category in _categories("\u200d".join(text))
    assert category in _categories(re.sub("(?<=[㐀-鿿])(?=[㐀-鿿])", " ", text))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("You will be a.r.r.e.s.t.e.d", "threat_arrest"),
        ("You will be @rre5ted", "threat_arrest"),
        ("您 会 被 逮 捕", "threat_arrest"),
        ("不还就报jing", "threat_arrest"),
        ("我们会起*诉您", "threat_lawsuit"),
        ("Pay today, 否则我们起诉您", "threat_lawsuit"),
        ("您好，we will call your boss", "third_party_disclosure"),
    ],
)
def test_disguises_and_mixed_languages(text: str, category: str) -> None:
    assert category in _categories(text)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant", None])
def test_a_threat_in_another_language_is_a_threat(language: str | None) -> None:
    assert _categories("我们会起诉您", language=language) == {"threat_lawsuit"}
    assert "threat_arrest" in _categories("You will be arrested", language=language)


# --- what denies, and what only seems to ---


@pytest.mark.parametrize(
    "text",
    [
        "We will not sue you.",
        "We won't take you to court.",
        "You will not be arrested.",
        "It is not true that you will be arrested.",
        "We never ask for your password.",
        "我们不会起诉您",
        "我們絕不會聯絡您的家人",
        "您不会因此坐牢",
        "坐牢的说法不属实",
        "请不要把验证码告诉任何人",
    ],
)
def test_a_denied_threat_is_none(text: str) -> None:
    assert check_wording(text) == ()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("If you do not pay we will sue you.", "threat_lawsuit"),
        ("We will not hesitate to sue you.", "threat_lawsuit"),
        ("We have not received your payment so we will sue you.", "threat_lawsuit"),
        ("You have not paid and you will be arrested.", "threat_arrest"),
        ("This is not a scam: you will be arrested.", "threat_arrest"),
        ("We will not only call your boss, we will visit him.", "third_party_disclosure"),
        ("再不还款就起诉您", "threat_lawsuit"),
        ("您没有按时还款，我们将起诉您", "threat_lawsuit"),
        ("我们不得不起诉您", "threat_lawsuit"),
        ("不排除起诉您的可能", "threat_lawsuit"),
    ],
)
def test_a_not_elsewhere_excuses_nothing(text: str, category: str) -> None:
    assert category in _categories(text)


# --- findings ---


def test_a_finding_says_where_why_and_what_instead() -> None:
    text = "您好。如果不还，我們將起訴您，谢谢"
    (finding,) = check_wording(text)
    assert finding.category == "threat_lawsuit"
    assert finding.severity is Severity.BLOCK
    assert text[finding.start : finding.end] == finding.matched
    assert "起訴" in finding.matched
    assert finding.reason.en and finding.reason.zh
    assert finding.suggestion.en and finding.suggestion.zh


def test_a_mention_warns_where_a_threat_blocks() -> None:
    (mention,) = check_wording("起诉需要经过很多步骤，银行很少这样做。")
    assert (mention.category, mention.severity) == ("threat_lawsuit", Severity.WARN)
    (threat,) = check_wording("起诉需要很多步骤，但我们会起诉您。")
    assert threat.severity is Severity.BLOCK


@pytest.mark.parametrize(
    ("text", "plain", "pressed", "category"),
    [
        ("Please pay by Friday.", WordingContext(required=()),
         WordingContext(required=(), is_vulnerable=True), "pressure_vulnerable"),
        ("请在周五前还款。", WordingContext(required=()),
         WordingContext(required=(), is_vulnerable=True), "pressure_vulnerable"),
        ("Please pay within 10 days.", WordingContext(required=()),
         WordingContext(required=(), in_validation_period=True), "overshadowing"),
        ("The court is closed on Monday.", WordingContext(required=()),
         WordingContext(required=(), is_time_barred=True), "threat_lawsuit"),
    ],
)  # fmt: skip
def test_what_is_known_of_the_borrower_bans_more(
    text: str, plain: WordingContext, pressed: WordingContext, category: str
) -> None:
    assert check_wording(text, context=plain) == ()
    assert category in {f.category for f in check_wording(text, context=pressed)}


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=200))
def test_any_text_is_judged_and_every_place_lies_in_it(text: str) -> None:
    context = WordingContext(profile="US", actor_role="third_party_collector")
    findings = check_wording(text, context=context)
    assert findings == check_wording(text, context=context)
    for finding in findings:
        assert 0 <= finding.start <= finding.end <= len(text)
        assert text[finding.start : finding.end] == finding.matched
        assert finding.category.removeprefix("missing_") in DISCLOSURES or finding.matched


_PIECES = st.sampled_from(
    [text for _, text in BAD_EN + BAD_ZH] + GOOD
    + ["\u200b", "．", " ", "ﷺ", "ǅ", "İ", "ß", "乾", "\r\n", "a b c d", "*", "p@y", "🏦"]
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(st.lists(_PIECES, max_size=4))
def test_a_fold_keeps_its_places(pieces: list[str]) -> None:
    text = "".join(pieces)
    for reading in (fold(text), *readings(text, load_phrases().spellings)):
        assert len(reading.text) == len(reading.at)
        assert list(reading.at) == sorted(reading.at)
        assert all(0 <= place < len(text) for place in reading.at)
    assert fold(fold(text).text).text == fold(text).text

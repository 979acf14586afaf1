"""The golden set: what messages say in figures, days and choices, exact, in two languages."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.dates import local_day
from nlu.reading import read_date
from nlu.reading.found import canonical
from nlu.reading.message import read_message

FOLDER = Path(__file__).parent
LEAST_EXACT = 0.97
LEAST_ROWS = 300


def rows(language: str) -> list[dict[str, str]]:
    path = FOLDER / f"entities_{language}.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def read(row: dict[str, str]) -> tuple[str, object]:
    """What is read of a row, as its columns `kind` and `expected` write it."""
    instant, _, zone = row["now"].removesuffix("]").partition("[")
    now = datetime.fromisoformat(instant.replace("Z", "+00:00"))
    language, country, *rest = row["context"].split()
    found = read_message(
        row["text"],
        language,
        local_day(now, zone),
        past="behind" in rest,
        currencies=[code for code in rest if len(code) == 3],
        country=country,
    )
    return canonical(found)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_golden_set_is_read_exactly(language: str) -> None:
    wanted = rows(language)
    assert len(wanted) >= LEAST_ROWS
    right: Counter[str] = Counter()
    for row in wanted:
        expected = (row["kind"], json.loads(row["expected"]))
        got = read(row)
        right[row["kind"]] += got == expected
        if got != expected:
            print(f"{row['text']!r} ({row['context']}, {row['now']}): {expected}, read {got}")
    for kind, count in sorted(Counter(row["kind"] for row in wanted).items()):
        print(f"{language} {kind}: {right[kind]} of {count}")
    exact = sum(right.values()) / len(wanted)
    print(f"{language}: {exact:.3f} of {len(wanted)}")
    assert exact >= LEAST_EXACT


HOSTILE = (
    "9", "1,", "1 ", "one ", "hundred and ", "1/", "1-", "a@", "a.", "$", " ", "next ", "第一", "1月",
    "(1) ", "3 to ", "the ", "\n", "二〇二", "\ufdfd", "1.1", "1 000 ", "下下个", "十", "İ", "\x00",
    "paid $50 on 5 dec 三千五 25号 ", "friday ", "周五",
)  # fmt: skip
SECONDS = 2.0
"""Far above what a message takes here, as tests share their processors; a bad expression takes minutes."""


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_message_is_read_in_bounded_time(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    started = time.process_time()
    read_message(text, "en", date(2026, 11, 23), currencies=("USD",), country="US")
    read_date(text, "en", date(2026, 11, 23))
    assert time.process_time() - started < SECONDS


@given(st.text(max_size=80), st.booleans())
def test_any_text_is_read_without_a_fault(text: str, past: bool) -> None:
    for language in ("en", "zh-Hans", "zh-Hant"):
        found = read_message(
            text, language, date(2026, 11, 23), past=past, currencies=("CNY",), country="CN"
        )
        canonical(found)
        assert all(one.readings for one in found)
        assert list(found) == sorted(found, key=lambda one: one.start)


FIGURES = st.lists(
    st.sampled_from(
        ["$", "50", "1,2", "0", ".", "/", "31", "feb", "th", " ", "二", "千", "万", "号", "月", "底", "next",
         "friday", "下", "周五", "块", "半", "年", "%", "a", "grand", "百分之", "期", "first", "one", "option"]
    ),
    max_size=8,
).map("".join)  # fmt: skip


@given(FIGURES)
def test_any_figures_are_read_without_a_fault(text: str) -> None:
    for past in (False, True):
        read = read_message(
            text, "zh-Hant", date(2028, 2, 29), past=past, currencies=("JPY", "KWD")
        )
        assert canonical(read) is not None

"""A strategy file says when to remind; what is wrong with it is told with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.messages import Channel
from lending.accounts import Product
from scheduler.errors import BadStrategy
from scheduler.strategy_file import load_strategy

GOOD = """\
name: mine
version: "1"
channels: [telegram, email]
segments:
  - name: loans
    when: {products: [instalment_loan]}
    steps:
      - {at: -3, template: before_due}
      - {at: 2, template: after_due, tone: help, until: 9}
"""


def read(tmp_path: Path, text: str) -> object:
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    return load_strategy(path)


def test_the_default_has_both_products_and_the_usual_days() -> None:
    strategy = load_strategy()
    assert {next(iter(s.products)) for s in strategy.segments} == set(Product)
    for segment in strategy.segments:
        usual = [step.offset_days for step in segment.steps if not step.needs_approval]
        assert usual == [-7, -3, -1, 0, 1, 3, 7, 14, 30]
        assert [step.template for step in segment.steps if step.needs_approval] == ["pre_legal"]


def test_steps_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    segment = read(tmp_path, GOOD).segments[0]  # type: ignore[attr-defined]
    assert [(s.name, s.offset_days, s.until_days) for s in segment.steps] == [
        ("-3", -3, 2),
        ("+2", 2, 9),
    ]
    assert segment.steps[0].channels == (Channel.TELEGRAM, Channel.EMAIL)
    assert segment.step_on(1).name == "-3"
    assert segment.step_on(-4) is None


@pytest.mark.parametrize(
    ("change", "line", "word"),
    [
        (("at: -3", "at: soon"), 8, "whole number"),
        (("at: -3", "at: 5"), 9, "does not come after"),
        (("before_due", "befor_due"), 8, "no template"),
        (("tone: help", "tone: angry"), 9, "angry"),
        (("until: 9", "until: 90"), 9, "cannot hold until 90"),
        (("[telegram, email]", "[telegram, pigeon]"), 3, "pigeon"),
        (("[telegram, email]", "[]"), 3, "no channel"),
        (("instalment_loan", "mortgage"), 6, "mortgage"),
        (("name: loans", "nam: loans"), 5, "name is missing"),
        (('version: "1"', 'verion: "1"'), 1, "version is missing"),
        (("segments:\n", "segments: [\n"), 5, "not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, word: str
) -> None:
    with pytest.raises(BadStrategy) as wrong:
        read(tmp_path, GOOD.replace(*change))
    assert f"mine.yaml:{line}:" in wrong.value.message
    assert word in wrong.value.message
    assert wrong.value.hint


def test_a_segment_for_everyone_stands_last(tmp_path: Path) -> None:
    everyone = GOOD.replace("    when: {products: [instalment_loan]}\n", "")
    second = everyone + "  - name: rest\n    steps: [{at: 1, template: after_due}]\n"
    with pytest.raises(BadStrategy, match="lets everyone in"):
        read(tmp_path, second)

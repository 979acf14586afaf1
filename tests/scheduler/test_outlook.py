"""Sums of what is foreseen, and which accounts are looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.messages import Channel
from scheduler.outlook import Outlook
from scheduler.preview import RULES, Foreseen, HeldBack

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def foreseen(
    step: str, channel: Channel | None = None, why: HeldBack | None = None, reference: str = "A"
) -> Foreseen:
    return Foreseen(
        reference=reference,
        at=AT,
        due_on=date(2026, 11, 20),
        step=step,
        offset_days=int(step),
        channel=channel,
        held_back=why,
    )


def test_sums_by_step_way_and_reason_whatever_the_time_of_each() -> None:
    later = HeldBack(reason=RULES, channel=Channel.SMS, rules=("UK-HOURS-1",), until=AT)
    never = HeldBack(reason=RULES, channel=Channel.SMS, rules=("UK-HOURS-1",))
    outlook = Outlook()
    outlook.add([foreseen("-3", Channel.WEB), foreseen("+10", Channel.WEB)])
    outlook.add([foreseen("+3", why=later, reference="B"), foreseen("+3", why=never)])
    before = outlook.copy()
    outlook.add([foreseen("-3", Channel.WEB), foreseen("0", Channel.SMS)])
    assert [(one.step, one.channel.value, one.count) for one in outlook.going] == [
        ("-3", "web", 2), ("0", "sms", 1), ("+10", "web", 1),
    ]  # fmt: skip
    [held] = outlook.held
    assert (held.count, held.example, str(held.why)) == (2, "B", "sms: UK-HOURS-1")
    assert (outlook.accounts, outlook.with_messages) == (3, 2)
    assert (before.accounts, sum(one.count for one in before.going)) == (2, 2)


def test_a_reason_says_when_it_is_looked_at_again() -> None:
    held = HeldBack(reason=RULES, channel=Channel.SMS, rules=("A-1", "B-2"), until=AT)
    assert str(held) == "sms: A-1, B-2 until 2026-11-23 15:00 UTC"
    assert str(held.cause) == "sms: A-1, B-2"
    assert str(HeldBack(reason="with_person", until=AT)) == "with_person"

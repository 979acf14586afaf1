"""A person, please."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import Case, Desk, Reply, Topic, escalate
from actions._words import hours
from bot.clocks import expected_wait
from bot.conversation import PRIORITY, EscalationReason
from bot.formats import Formats, locale_for
from bot.handover import Owner

_ANSWERED = 20
_PRESENT = timedelta(minutes=5)
_LEAST = timedelta(minutes=1)


def ask_for_person(case: Case, desk: Desk, reply: Reply) -> None:
    """Put the borrower in the queue for a person, and say when one answers."""
    effects = escalate(EscalationReason.ASKED)
    team = hours(case, desk)
    if case.conversation.control.owner is Owner.QUEUED:
        reply.say("utter_still_queued", effects=effects, hours=team)
    elif (opens := _opens_later(case, desk)) is not None:
        reply.say("utter_queued_closed", effects=effects, when=_when(case, desk, opens), hours=team)
    elif (wait := _wait(case, desk)) is not None:
        reply.say("utter_queued_wait", effects=effects, wait=_about(case, wait), hours=team)
    else:
        reply.say("utter_queued", effects=effects, hours=team)


class TalkToPerson(Topic):
    action_name = "action_talk_to_person"
    ends_form = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        ask_for_person(case, desk, reply)
        return []


def _opens_later(case: Case, desk: Desk) -> datetime | None:
    """When the team is back; None while they are there, or if that is not known."""
    if desk.clock_rules is None:
        return None
    opens = desk.clock_rules.hours.next_opening(case.now)
    return opens if opens is not None and opens > case.now else None


def _wait(case: Case, desk: Desk) -> timedelta | None:
    """What one waits now, from those who were answered lately; None where nothing can be said."""
    if desk.clock_rules is None:
        return None
    with desk.store.unit() as uow:
        answered = uow.escalations.recently_answered(_ANSWERED)
        ahead = uow.escalations.count_ahead(PRIORITY[EscalationReason.ASKED], case.now)
        present = len(uow.staff.seen_since(case.now - _PRESENT))
    return expected_wait(answered, ahead, present, desk.clock_rules)


def _about(case: Case, wait: timedelta) -> str:
    """6 minutes, 6分钟: in whole minutes up to an hour and a half, then hours."""
    minutes = max(round(wait / _LEAST), 1)
    locale = locale_for(case.language, case.known_country)
    wait = timedelta(minutes=minutes)
    if minutes < 90:
        return format_timedelta(wait, granularity="minute", threshold=1.5, locale=locale)
    return format_timedelta(wait, granularity="hour", threshold=1.5, locale=locale)


def _when(case: Case, desk: Desk, opens: datetime) -> str:
    """Mon 30 Nov, 09:00: on the team's clock, as its hours are."""
    assert desk.clock_rules is not None
    local = opens.astimezone(ZoneInfo(desk.clock_rules.hours.timezone))
    formats = Formats(case.language, case.known_country, case.today)
    return f"{formats.day(local.date())} {local:%H:%M}"

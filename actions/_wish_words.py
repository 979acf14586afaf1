"""What a borrower wants of our contacts, said back in plain words: what will and will not happen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from babel.dates import get_day_names

from actions._base import Case, Desk
from actions._words import texts, words
from bot.formats import locale_for
from compliance.wish_effects import closes, holds
from compliance.wishes import (
    ALL_DAY,
    DAY_MINUTES,
    WEEK,
    WEEKEND,
    WORKDAYS,
    Cease,
    ChannelConsent,
    EmployerProhibits,
    InconvenientPlace,
    InconvenientTime,
    KeptWish,
    Medium,
    OnlyBorrower,
    OptOut,
    Place,
    PreferredChannel,
    PreferredHours,
    PreferredLanguage,
    Representation,
    Weekday,
    Window,
    Wish,
)


def standing(case: Case, desk: Desk) -> tuple[KeptWish, ...]:
    """What holds for the verified borrower of the case, and in this chat for whoever writes."""
    talk = case.conversation
    with desk.store.unit() as uow:
        found = [
            kept
            for kept in uow.wishes.of_chat(talk.channel, talk.address)
            if kept.borrower_id is None
        ]
        if case.borrower is not None:
            found.extend(uow.wishes.of_borrower(case.borrower.id))
    return tuple(kept for kept in found if holds(kept, case.now, case.today))


def sentences(case: Case, wishes: Iterable[Wish]) -> list[str]:
    """One sentence for each thing that will or will not happen; each sentence once."""
    wishes = list(wishes)
    said = [*_channels(case, wishes)]
    for wish in wishes:
        said.extend(_sentence(case, wish))
    return list(dict.fromkeys(said))


def confirmed(case: Case, wishes: Sequence[Wish]) -> list[str]:
    """The sentences for new wishes, with what may still come beside them."""
    said = sentences(case, wishes)
    closed = frozenset[Medium]().union(*map(closes, wishes))
    if closed == frozenset(Medium) or Medium.LETTER in closed:
        said.append(words(case, "utter_wish_law_letters"))
    narrows = any(isinstance(wish, OptOut | InconvenientPlace | OnlyBorrower) for wish in wishes)
    paused = any(isinstance(wish, InconvenientTime) and wish.until_on for wish in wishes)
    if any(isinstance(wish, InconvenientTime) for wish in wishes) and not (closed or paused):
        if not any(isinstance(wish, PreferredHours) for wish in wishes):
            said.append(words(case, "utter_wish_other_times"))
    elif narrows and Medium.CHAT not in closed:
        said.append(words(case, "utter_wish_still_here"))
    return said


def _channels(case: Case, wishes: list[Wish]) -> list[str]:
    """All closed channels in one sentence."""
    if OptOut() in wishes:
        return [words(case, "utter_wish_stop_all")]
    closed = {wish.channel for wish in wishes if isinstance(wish, OptOut) and wish.channel}
    if not closed:
        return []
    ways = [_way(case, medium) for medium in Medium if medium in closed]
    separator = " or " if case.language == "en" else "、"
    return [words(case, "utter_wish_no", way=separator.join(ways))]


def _sentence(case: Case, wish: Wish) -> list[str]:
    match wish:
        case PreferredChannel(channel=channel):
            return [words(case, "utter_wish_only", way=_way(case, channel))]
        case PreferredHours():
            return _timed(case, "utter_wish_hours", wish)
        case InconvenientTime():
            return _timed(case, "utter_wish_not_hours", wish)
        case ChannelConsent():
            return [_consent(case, wish)]
        case InconvenientPlace(place=place):
            return [words(case, f"utter_wish_not_at_{'work' if place is Place.WORK else 'home'}")]
        case PreferredLanguage(language=language):
            name = texts().content("utter_part_language", language).text
            return [words(case, "utter_wish_language", language_name=name)]
        case _:
            return [words(case, key) for kind, key in _PLAIN if isinstance(wish, kind)]


_PLAIN = (
    (EmployerProhibits, "utter_wish_employer"),
    (OnlyBorrower, "utter_wish_only_you"),
    (Representation, "utter_wish_represented"),
    (Cease, "utter_wish_ceased"),
)


def _timed(case: Case, key: str, wish: PreferredHours | InconvenientTime) -> list[str]:
    pause = [] if wish.until_on is None else [case.formats.day(wish.until_on)]
    if pause and wish.days == WEEK and wish.window == ALL_DAY:
        return [words(case, "utter_wish_pause", day=pause[0])]
    when = _when(case, wish.days, wish.window)
    if pause:
        when = words(case, "utter_wish_until", when=when, day=pause[0])
    return [words(case, key, when=when)]


def _consent(case: Case, wish: ChannelConsent) -> str:
    if wish.window is not None:
        return words(case, "utter_wish_consent_hours", when=_when(case, WEEK, wish.window))
    if wish.channel is None:
        return words(case, "utter_wish_consent_any")
    return words(case, "utter_wish_consent", way=_way(case, wish.channel))


def _way(case: Case, medium: Medium) -> str:
    return words(case, f"utter_way_{medium.value}")


def _when(case: Case, days: tuple[Weekday, ...], window: Window) -> str:
    if window == ALL_DAY:
        return _days(case, days)
    named = "" if days == WEEK else _days(case, days)
    if window.end_minute == DAY_MINUTES:
        return words(case, "utter_wish_after", days=named, start=window.start)
    if window.start_minute == 0:
        return words(case, "utter_wish_before", days=named, end=window.end)
    return words(case, "utter_wish_between", days=named, start=window.start, end=window.end)


def _days(case: Case, days: tuple[Weekday, ...]) -> str:
    for known, key in (
        (WEEK, "utter_wish_every_day"),
        (WORKDAYS, "utter_wish_weekdays"),
        (WEEKEND, "utter_wish_weekend"),
    ):
        if days == known:
            return words(case, key)
    names = get_day_names("wide", locale=locale_for(case.language, case.known_country))
    listed = [names[WEEK.index(day)] for day in days]
    separator = ", " if case.language == "en" else "、"
    return words(case, "utter_wish_on_days", days=separator.join(listed))

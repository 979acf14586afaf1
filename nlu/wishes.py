"""Read what someone wants of our contacts, in English, Chinese or both. Rules, no model. Pure.

In doubt it stops and asks: too narrow a reading can be widened in a word, too wide a one is a
message that somebody had asked us not to send.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.languages import language_asked_for
from compliance.wishes import (
    Cease,
    Deceased,
    EmployerProhibits,
    InconvenientTime,
    Medium,
    OnlyBorrower,
    OptOut,
    PreferredChannel,
    PreferredHours,
    PreferredLanguage,
    Representation,
    Window,
    Wish,
    WrongPerson,
)
from nlu import wish_phrases as phrases
from nlu import wish_scopes as scopes
from nlu.wish_times import pause_until, read_pause, read_times


class Outcome(StrEnum):
    """What to do with a reading.

    WISHES: keep them. STOP_AND_ASK: keep the stop that they hold, and ask what was meant.
    LIFT: everything may be sent again. CHOOSE: preferences in general, none named.
    COLLEAGUE: paper, reminders to be set up and the like; nothing stops. NOTHING: no wish is there.
    """

    WISHES = "wishes"
    STOP_AND_ASK = "stop_and_ask"
    LIFT = "lift"
    CHOOSE = "choose"
    COLLEAGUE = "colleague"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    outcome: Outcome
    wishes: tuple[Wish, ...] = ()


STOP_CHAT = OptOut(channel=Medium.CHAT)
_NOTHING = Reading(outcome=Outcome.NOTHING)


def read_wishes(text: str, language: str, today: date) -> Reading:
    """What a message asks of our contacts; `language` is the one it is written in."""
    plain = phrases.plain_text(text)
    for rule in (_people, _lifted):
        if found := rule(plain):
            return found
    wishes: list[Wish] = list(_language(text, plain, language))
    if phrases.BARE_STOP.fullmatch(plain.strip(" .!。！~,，")):
        return Reading(outcome=Outcome.WISHES, wishes=(STOP_CHAT,))
    if _is_cease(plain):
        return Reading(outcome=Outcome.WISHES, wishes=(Cease(),))
    clauses = [
        clause.strip()
        for clause in phrases.CLAUSE.split(phrases.INSTEAD.sub(", no ", plain))
        if clause
    ]
    for clause in clauses:
        wishes.extend(_in_clause(clause, language, today))
    wishes = _tidy(wishes, clauses)
    if wishes and not _is_about_paper(plain, wishes):
        return Reading(outcome=Outcome.WISHES, wishes=tuple(wishes))
    return _without_wishes(plain, clauses, today)


def _without_wishes(plain: str, clauses: list[str], today: date) -> Reading:
    if phrases.BUSY.search(plain):
        return Reading(outcome=Outcome.WISHES, wishes=(pause_until(today),))
    if any(phrases.VAGUE_PAUSE.search(one) and scopes.refuses(one) for one in clauses) or (
        re.search(
            "烦死|有完没完|骚扰|harass|spam|fed up with (?:you|these|your)|再[发打].{0,3}(?:就|拉黑|投诉|报警)",
            plain,
        )
    ):
        return Reading(outcome=Outcome.STOP_AND_ASK, wishes=(STOP_CHAT,))
    if phrases.PREFERENCES.search(plain):
        return Reading(outcome=Outcome.CHOOSE)
    if phrases.FOR_COLLEAGUE.search(plain) and any(map(scopes.is_about_contact, clauses)):
        return Reading(outcome=Outcome.COLLEAGUE)
    if any(map(scopes.is_other_business, clauses)):
        return Reading(outcome=Outcome.COLLEAGUE)
    return _NOTHING


def _is_about_paper(plain: str, wishes: list[Wish]) -> bool:
    """Statements by e-mail or by post are another matter than who may write to whom."""
    by_post = (Medium.EMAIL, Medium.LETTER)
    return bool(re.search(r"\bstatements?\b|\b(?:e-?)?bills?\b|账单|月结单", plain)) and all(
        isinstance(wish, OptOut | PreferredChannel) and wish.channel in by_post for wish in wishes
    )


def _people(plain: str) -> Reading | None:
    for pattern, wish in (
        (phrases.WRONG, WrongPerson()),
        (phrases.DIED, Deceased()),
        (phrases.LAWYER, Representation(contact_known=bool(re.search(r"@|\d{7,}", plain)))),
    ):
        if pattern.search(plain):
            return Reading(outcome=Outcome.WISHES, wishes=(wish,))
    return None


def _lifted(plain: str) -> Reading | None:
    match = phrases.LIFTED.search(plain)
    if match is None:
        return None
    # "don't contact me again", 不可以再联系我了, 别再找我
    before = re.split(r"[,.;!?，。；！？]", plain[: match.start()])[-1]
    if scopes.refuses(before) or re.search(
        r"\b(?:ever|if|before|after)\b|再(?:也)?$|[不别]$", before
    ):
        return None
    if re.search(
        r"(?:after|before|between|以后|之后|以前|点后|\bonly\b|只)|(?:周末|工作日|晚上|下午|上午)",
        match.group(),
    ):
        return None
    return Reading(outcome=Outcome.LIFT)


def _language(text: str, plain: str, language: str) -> list[Wish]:
    if not phrases.LANGUAGE.search(plain) or scopes.refuses(plain):
        return []
    wanted = language_asked_for(text.replace("簡訊", ""), language)
    return [PreferredLanguage(language=wanted)] if wanted else []


def _is_cease(plain: str) -> bool:
    """A formal request about every channel; one about calls alone is an opt-out of calls."""
    media = scopes.media_in(plain)
    is_marketing = re.search("营销|推销|广告|marketing|promotion", plain)
    formal = phrases.CEASE.search(plain) and scopes.names_contact(plain)
    return bool(formal) and not media and not is_marketing


def _in_clause(clause: str, language: str, today: date) -> list[Wish]:
    if scopes.only_me(clause):
        return [OnlyBorrower()]
    if scopes.employer_forbids(clause):
        return [EmployerProhibits()]
    if not scopes.is_about_contact(clause):
        return []
    refused = scopes.refuses(clause)
    if phrases.VAGUE_PAUSE.search(clause) or (
        phrases.BUSY.search(clause) and not scopes.is_exclusive(clause)
    ):
        return []
    if phrases.FOR_COLLEAGUE.search(clause) and not (refused and not re.search(r"每[天周月]|一天|一周|一个?月|statement|bills?\b|paper|账单|纸|\d? ?days? before|提前|less|fewer|whatsapp|微信", clause)):  # fmt: skip
        return []
    if refused and (others := scopes.refused_people(clause)):
        return others
    if not refused and scopes.names_others(clause):
        return []
    return _refused(clause, language, today) if refused else _wanted(clause)


def _refused(clause: str, language: str, today: date) -> list[Wish]:
    talks = re.search(r"\b(?:talk|speak|pick up|answer)\b|接", clause)
    is_clear = scopes.names_contact(clause) or talks or _is_short(clause)
    pause = read_pause(clause, language, today) if is_clear else None
    if pause is not None:
        return [pause_until(pause)]
    times = read_times(clause, is_refused=True) if is_clear else []
    is_of_place = times or scopes.names_contact(clause)
    places = scopes.refused_places(clause) if is_of_place else []
    if times or places:
        return [*places, *times]
    if scopes.wants_writing(clause):
        return []
    return [OptOut(channel=medium) for medium in _sorted(scopes.refused_media(clause))]


def _wanted(clause: str) -> list[Wish]:
    only = scopes.is_exclusive(clause)
    if phrases.COMPLAINS.search(clause) and not only:
        return []
    times = read_times(clause, is_refused=False)
    if times and (only or scopes.names_contact(clause) or _is_hours_alone(clause)):
        return list(times)
    if scopes.wants_writing(clause) or phrases.HARD_OF_HEARING.search(clause):
        closed = (Medium.CALL, Medium.VISIT) if only else (Medium.CALL,)
        return [OptOut(channel=medium) for medium in closed]
    media = scopes.media_in(clause)
    if only and len(media) == 1 and media != {Medium.VISIT}:
        return [PreferredChannel(channel=next(iter(media)))]
    return []


def _is_hours_alone(clause: str) -> bool:
    """Hours and next to nothing else: 六点以后, "weekdays after six please"; no mere day or greeting."""
    has_bound = re.search(
        r"\b(?:after|before|between|from|until|till|to)\b|以后|之后|以前|之前|点[后前]|到|至|-",
        clause,
    )
    return bool(has_bound) and _is_short(clause)


def _is_short(clause: str) -> bool:
    """So few words that a time in them is what they are about."""
    words = re.findall(r"[a-z]+|\d+|[\u4e00-\u9fff]", clause)
    return len(words) <= 8 and not re.search(r"\b(?:i|pay|due|open|you)\b|[我还付缴]", clause)


def _sorted(media: frozenset[Medium | None]) -> list[Medium | None]:
    return [None] if None in media else [medium for medium in Medium if medium in media]


def _tidy(wishes: list[Wish], clauses: list[str]) -> list[Wish]:
    """Each wish once, and none that another one says already."""
    found = _one_window(list(dict.fromkeys(wishes)))
    chosen = [wish for wish in found if isinstance(wish, PreferredChannel)]
    if chosen or OptOut() in found:
        found = [wish for wish in found if not isinstance(wish, OptOut | PreferredChannel)]
        first: Wish = chosen[0] if chosen else OptOut()
        return [first, *found]
    if any(_says(clause, Medium.CHAT) for clause in clauses):
        found = [wish for wish in found if wish != STOP_CHAT]
    pauses = [wish for wish in found if isinstance(wish, InconvenientTime) and wish.until_on]
    if pauses:
        found = [wish for wish in found if not isinstance(wish, OptOut)]
    return found


def _one_window(wishes: list[Wish]) -> list[Wish]:
    """Two windows cannot both be the only one: what they share counts, else the first."""
    hours = [wish for wish in wishes if isinstance(wish, PreferredHours)]
    if len(hours) < 2:
        return wishes
    kept = hours[0]
    for other in hours[1:]:
        start = max(kept.window.start_minute, other.window.start_minute)
        end = min(kept.window.end_minute, other.window.end_minute)
        if (kept.days, kept.until_on) == (other.days, other.until_on) and start < end:
            kept = replace(kept, window=Window(start_minute=start, end_minute=end))
    return [kept if wish == hours[0] else wish for wish in wishes if wish not in hours[1:]]


def _says(clause: str, medium: Medium) -> bool:
    """Whether a clause that refuses nothing names this channel."""
    return not scopes.refuses(clause) and medium in scopes.media_in(clause)

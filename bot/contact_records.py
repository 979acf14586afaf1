"""What is on file about a borrower, as the records of the contact rules: wishes and holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from compliance.facts import BorrowerState
from compliance.records import (
    Attorney,
    Bankruptcy,
    Cease,
    Consent,
    Dispute,
    InconvenientTime,
    Moratorium,
    OptOut,
    PaymentPlan,
    PlanInDevelopment,
)
from compliance.terms import Channel, ConsentType
from compliance.wish_effects import holds as wish_holds
from compliance.wishes import Cease as CeaseWish
from compliance.wishes import (
    ChannelConsent,
    Deceased,
    EmployerProhibits,
    InconvenientPlace,
    KeptWish,
    Place,
    PreferredHours,
    Representation,
    Weekday,
)
from compliance.wishes import InconvenientTime as InconvenientWish
from lending.account_file import AccountFile
from lending.dates import local_day
from lending.holds import Hold, HoldKind

_DAY = timedelta(days=1)


def state_of(
    *,
    files: Sequence[AccountFile],
    wishes: Sequence[KeptWish],
    stopped: datetime | None,
    now: datetime,
    zone: str,
    medium: Channel = Channel.CHAT,
) -> BorrowerState:
    """The records at `now` of a borrower in `zone`; `stopped`: since when `medium` is closed."""
    today = local_day(now, zone)
    kept = [wish for wish in wishes if wish_holds(wish, now, today)]
    held = {hold.id: hold for file in files for hold in file.holds if hold.covers(today)}
    state = _of_holds(tuple(held.values()), files, zone)
    return replace(
        state,
        opt_outs=(OptOut(channel=medium, address_id=None, at=stopped),) if stopped else (),
        cease=_first(kept, CeaseWish, lambda w: Cease(received_at=w.said.said_at, written=True)),
        attorney=_first(kept, Representation, _attorney) or state.attorney,
        deceased_since=_first(kept, Deceased, lambda w: w.said.said_at) or state.deceased_since,
        inconvenient_times=tuple(_inconvenient_times(kept)),
        inconvenient_places=frozenset(
            wish.wish.place.value
            for wish in kept
            if isinstance(wish.wish, InconvenientPlace) and wish.wish.place is Place.HOME
        ),
        employer_prohibits_contact=any(
            isinstance(wish.wish, EmployerProhibits)
            or (isinstance(wish.wish, InconvenientPlace) and wish.wish.place is Place.WORK)
            for wish in kept
        ),
        consents=tuple(_consent(wish) for wish in kept if isinstance(wish.wish, ChannelConsent)),
    )


FoundT = TypeVar("FoundT")


def _first(
    kept: Sequence[KeptWish], kind: type, make: Callable[[KeptWish], FoundT]
) -> FoundT | None:
    return next((make(wish) for wish in kept if isinstance(wish.wish, kind)), None)


def _attorney(wish: KeptWish) -> Attorney:
    assert isinstance(wish.wish, Representation)
    return Attorney(known_since=wish.said.said_at, contact_known=wish.wish.contact_known)


def _inconvenient_times(kept: Sequence[KeptWish]) -> Iterator[InconvenientTime]:
    for wish in kept:
        match wish.wish:
            case InconvenientWish() as time_:
                yield _closed(time_)
            case PreferredHours() as hours:
                yield from (_closed(time_) for time_ in hours.closed())
            case _:
                pass


def _closed(wish: InconvenientWish) -> InconvenientTime:
    week = list(Weekday)
    return InconvenientTime(
        days=frozenset(week.index(day) for day in wish.days),
        start=wish.window.start_minute * 60,
        end=wish.window.end_minute * 60,
        until_on=wish.until_on,
    )


def _consent(kept: KeptWish) -> Consent:
    wish = kept.wish
    assert isinstance(wish, ChannelConsent)
    window = wish.window
    return Consent(
        type=ConsentType(wish.type.value),
        channel=Channel(wish.channel.value) if wish.channel else None,
        given_at=kept.said.said_at,
        to_sender=True,
        valid_from=wish.valid_from,
        valid_until=wish.valid_until,
        revoked_at=kept.ended_at,
        window=(window.start_minute * 60, window.end_minute * 60) if window else None,
    )


def _of_holds(held: Sequence[Hold], files: Sequence[AccountFile], zone: str) -> BorrowerState:
    """What holds tell the rules: disputes, bankruptcy, breathing space, plans being made."""
    state = BorrowerState()
    for hold in held:
        since = datetime.combine(hold.from_on, time(), ZoneInfo(zone))
        debts = tuple(
            file.account.reference
            for file in files
            if hold.account_id is None or hold.account_id == file.account.id
        )
        match hold.kind:
            case HoldKind.DISPUTE:
                disputes = (Dispute(debt_id=d, received_at=since, written=True) for d in debts)
                state = replace(state, disputes=(*state.disputes, *disputes))
            case HoldKind.BANKRUPTCY:
                record = Bankruptcy(filed_at=since, status="active", debt_ids=debts)
                state = replace(state, bankruptcy=record)
            case HoldKind.BREATHING_SPACE:
                last = hold.until_on - _DAY if hold.until_on else None
                record_ = Moratorium(start_on=hold.from_on, end_on=last, debt_ids=debts)
                state = replace(state, moratorium=record_)
            case HoldKind.PLAN:
                agreed = PaymentPlan(status="performing", since=hold.from_on, debt_ids=debts)
                state = replace(state, payment_plan=agreed)
            case HoldKind.HARDSHIP_REQUEST | HoldKind.PLAN_PENDING:
                plan = PlanInDevelopment(notified_at=since, by="borrower")
                state = replace(state, plan_in_development=plan)
            case HoldKind.REPRESENTED:
                state = replace(state, attorney=Attorney(known_since=since, contact_known=True))
            case HoldKind.DECEASED:
                state = replace(state, deceased_since=since)
            case HoldKind.CEASE_CONTACT:
                state = replace(state, cease=Cease(received_at=since, written=True))
            case _:
                pass
    return state

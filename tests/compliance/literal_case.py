"""One judged instant of a vector: the facts known then, and what they plainly say.

Everything here is read off the vector; the rules are in literal_us, literal_states, literal_lands
and literal_strict. Nothing is shared with compliance/.
"""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

HARD = "hard"
SOFT = "soft"
CLEAR = ""

Record = dict[str, Any]

ELECTRONIC = ("sms", "chat", "email")
WORK = ("work_phone", "employer_email")
UNCOUNTED = ("statutory_notice", "opt_out_confirmation")
KEYWORDS = (
    "stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe",
    "退订", "停止", "td", "बंद",
)  # fmt: skip
CONFIRMATION_WITHIN = timedelta(minutes=5)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(text: str, zone: str) -> date:
    """The local date of a date or of an instant."""
    if len(text) == 10:
        return date.fromisoformat(text)
    return instant(text).astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A vector without the records dated after its `now`, judged at `at`."""

    profile: str
    given: Record
    attempt: Record
    state: Record
    history: list[Record]
    at: datetime

    def moved(self, at: datetime) -> Case:
        """The same facts later; nothing has happened meanwhile."""
        return replace(self, at=at)

    def local(self, zone: str | None = None) -> datetime:
        return self.at.astimezone(ZoneInfo(zone or self.given["timezone"]))

    @property
    def today(self) -> date:
        return self.local().date()


Rule = Callable[[Case], str]


def hard(objects: bool) -> str:
    return HARD if objects else CLEAR


def soft(objects: bool) -> str:
    return SOFT if objects else CLEAR


def worst(kinds: Iterable[str]) -> str:
    found = set(kinds)
    return HARD if HARD in found else SOFT if SOFT in found else CLEAR


# --- what is known at `now` ----------------------------------------------------------------------

RECORD_DATES = {
    "cease": "received_at",
    "attorney": "known_since",
    "bankruptcy": "filed_at",
    "deceased": "known_since",
    "moratorium": "start_date",
    "mental_capacity_concern": "notified_at",
    "plan_in_development": "notified_at",
    "payment_plan": "since",
    "statute_barred_refusal": "stated_at",
}
LIST_DATES = {
    "opt_outs": "at",
    "disputes": "received_at",
    "consents": "given_at",
    "notices": "sent_at",
}
LATER_DATES = ("resolved_at", "revoked_at", "validation_notice_sent_at")


def known_case(vector: Record) -> Case:
    """Records dated after `now` do not exist yet (rules.md §1.1)."""
    given = vector["given"]
    now, zone = instant(given["now"]), given["timezone"]

    def exists(text: str | None) -> bool:
        if text is None:
            return True
        if len(text) == 10:
            return date.fromisoformat(text) <= now.astimezone(ZoneInfo(zone)).date()
        return instant(text) <= now

    state = copy.deepcopy(given["borrower_state"])
    for name, field in RECORD_DATES.items():
        if state[name] is not None and not exists(state[name][field]):
            state[name] = None
    for name, field in LIST_DATES.items():
        state[name] = [record for record in state[name] if exists(record[field])]
    for record in [*state["disputes"], *state["consents"], state["mental_capacity_concern"] or {}]:
        for field in LATER_DATES:
            if not exists(record.get(field)):
                record[field] = None
    history = [
        {**event, "when": instant(event["at"]), "day": day_of(event["at"], zone)}
        for event in given["history"]
        if exists(event["at"])
    ]
    return Case(
        profile=vector["profile"],
        given=given,
        attempt=vector["attempt"],
        state=state,
        history=history,
        at=now,
    )


# --- who is bound --------------------------------------------------------------------------------


def bound(case: Case) -> bool:
    """Collector rules bind a collector, and a creditor that chose to follow them."""
    follows: bool = case.given["config"]["creditor_follows_collector_rules"]
    return follows or case.given["actor_role"] == "third_party_collector"


# --- debts ---------------------------------------------------------------------------------------


def particular_debts(case: Case, debt_ids: Iterable[str] | None) -> set[str]:
    """Student loans of one account group are one debt; no debt named means every debt."""
    named = set(debt_ids or ()) or {debt["id"] for debt in case.given["debts"]}
    return {
        debt["account_group"]
        if debt["kind"] == "student_loan" and debt["account_group"]
        else debt["id"]
        for debt in case.given["debts"]
        if debt["id"] in named
    }


def attempt_debts(case: Case) -> set[str]:
    return particular_debts(case, case.attempt["debt_ids"])


def about_attempt(case: Case, debt_ids: Iterable[str] | None) -> bool:
    """A record names one of the attempt's debts by id (null: it names all)."""
    attempted = case.attempt["debt_ids"] or [debt["id"] for debt in case.given["debts"]]
    return debt_ids is None or bool(set(debt_ids) & set(attempted))


def debt_records(case: Case) -> list[Record]:
    return [debt for debt in case.given["debts"] if about_attempt(case, [debt["id"]])]


# --- messages of the borrower --------------------------------------------------------------------


def is_keyword(text: str | None) -> bool:
    words = (text or "").strip().lower()
    while words and (words[-1].isspace() or unicodedata.category(words[-1]).startswith("P")):
        words = words[:-1]
    return words in KEYWORDS


def stops_channel(event: Record) -> bool:
    """An inbound event that asks to stop its channel, in intent or by keyword."""
    if event["direction"] != "inbound":
        return False
    return event["intent"] == "stop_channel" or (
        event["intent"] is None and is_keyword(event["text"])
    )


def is_opt_out_message(event: Record) -> bool:
    return stops_channel(event) or event["intent"] == "cease_all"


def valid_reply(case: Case) -> bool:
    """The first answer to an inbound event of the same channel; an opt-out only gets a
    confirmation, within five minutes."""
    attempt = case.attempt
    if attempt["initiated_by"] != "reply_to_borrower" or attempt["reply_to"] is None:
        return False
    asked = [
        event
        for event in case.history
        if event["id"] == attempt["reply_to"]
        and event["direction"] == "inbound"
        and event["channel"] == attempt["channel"]
    ]
    if not asked or any(
        event["direction"] == "outbound" and event["reply_to"] == attempt["reply_to"]
        for event in case.history
    ):
        return False
    if is_opt_out_message(asked[0]):
        in_time: bool = case.at - asked[0]["when"] <= CONFIRMATION_WITHIN
        return in_time and attempt["purpose"] == "opt_out_confirmation"
    return True

"""The borrower's records of a case file as the types of this package."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from compliance.facts import BorrowerState
from compliance.records import (
    Attorney,
    Bankruptcy,
    CapacityConcern,
    Cease,
    Consent,
    Dispute,
    InconvenientTime,
    Moratorium,
    Notice,
    OptOut,
    PaymentPlan,
    PlanInDevelopment,
    StatuteBarredRefusal,
)
from compliance.terms import Channel, ConsentType
from compliance.vector_fields import Fields

_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_KEYS = [
    "opt_outs",
    "cease",
    "attorney",
    "disputes",
    "bankruptcy",
    "deceased",
    "moratorium",
    "mental_capacity_concern",
    "plan_in_development",
    "payment_plan",
    "inconvenient_times",
    "inconvenient_places",
    "employer_prohibits_contact",
    "statute_barred_refusal",
    "consents",
    "notices",
]

_T = TypeVar("_T")


def state_of(fields: Fields) -> BorrowerState:
    """Raises VectorError."""
    fields.only(*_KEYS)
    deceased = fields.maybe_part("deceased")
    if deceased is not None:
        deceased.only("known_since")
    return BorrowerState(
        opt_outs=_each(fields, "opt_outs", _opt_out),
        cease=_maybe(fields, "cease", _cease),
        attorney=_maybe(fields, "attorney", _attorney),
        disputes=_each(fields, "disputes", _dispute),
        bankruptcy=_maybe(fields, "bankruptcy", _bankruptcy),
        deceased_since=deceased.instant("known_since") if deceased else None,
        moratorium=_maybe(fields, "moratorium", _moratorium),
        capacity_concern=_maybe(fields, "mental_capacity_concern", _capacity_concern),
        plan_in_development=_maybe(fields, "plan_in_development", _plan_in_development),
        payment_plan=_maybe(fields, "payment_plan", _payment_plan),
        inconvenient_times=_each(fields, "inconvenient_times", _inconvenient_time),
        inconvenient_places=frozenset(fields.texts("inconvenient_places")),
        employer_prohibits_contact=fields.flag("employer_prohibits_contact"),
        statute_barred_refusal=_maybe(fields, "statute_barred_refusal", _refusal),
        consents=_each(fields, "consents", _consent),
        notices=_each(fields, "notices", _notice),
    )


def _each(fields: Fields, key: str, make: Callable[[Fields], _T]) -> tuple[_T, ...]:
    return tuple(make(part) for part in fields.parts(key))


def _maybe(fields: Fields, key: str, make: Callable[[Fields], _T]) -> _T | None:
    part = fields.maybe_part(key)
    return None if part is None else make(part)


def _opt_out(f: Fields) -> OptOut:
    f.only("channel", "address_id", "at", "via")
    address = f.text("address_id")
    return OptOut(
        channel=f.one_of("channel", Channel),
        address_id=None if address == "*" else address,
        at=f.instant("at"),
        via=f.maybe_text("via") or "",
    )


def _cease(f: Fields) -> Cease:
    f.only("sent_at", "received_at", "written", "scope", "kind")
    f.maybe_instant("sent_at")
    return Cease(received_at=f.instant("received_at"), written=f.flag("written"))


def _attorney(f: Fields) -> Attorney:
    f.only("known_since", "contact_known", "unresponsive", "consents_to_direct")
    return Attorney(
        known_since=f.instant("known_since"),
        contact_known=f.flag("contact_known"),
        unresponsive=f.flag("unresponsive"),
        consents_to_direct=f.flag("consents_to_direct"),
    )


def _dispute(f: Fields) -> Dispute:
    f.only(
        *[
            "debt_id",
            "received_at",
            "written",
            "kind",
            "validation_notice_sent_at",
            "validation_period_end",
            "resolved_at",
        ]
    )
    kind = f.text("kind")
    if kind not in ("dispute", "original_creditor_request"):
        raise f.wrong("kind", f"is {kind!r}, not a kind of dispute")
    return Dispute(
        debt_id=f.text("debt_id"),
        received_at=f.instant("received_at"),
        written=f.flag("written"),
        is_creditor_request=kind == "original_creditor_request",
        validation_notice_sent_on=f.maybe_day("validation_notice_sent_at"),
        validation_period_end=f.maybe_day("validation_period_end"),
        resolved_at=f.maybe_instant("resolved_at"),
    )


def _bankruptcy(f: Fields) -> Bankruptcy:
    f.only("filed_at", "status", "debt_ids")
    return Bankruptcy(
        filed_at=f.instant("filed_at"),
        status=f.text("status"),
        debt_ids=f.maybe_texts("debt_ids") or (),
    )


def _moratorium(f: Fields) -> Moratorium:
    f.only("type", "start_date", "end_date", "debt_ids")
    return Moratorium(
        type=f.text("type"),
        start_on=f.day("start_date"),
        end_on=f.maybe_day("end_date"),
        debt_ids=f.maybe_texts("debt_ids") or (),
    )


def _capacity_concern(f: Fields) -> CapacityConcern:
    f.only("notified_at", "resolved_at")
    return CapacityConcern(
        notified_at=f.instant("notified_at"), resolved_at=f.maybe_instant("resolved_at")
    )


def _plan_in_development(f: Fields) -> PlanInDevelopment:
    f.only("notified_at", "by")
    return PlanInDevelopment(notified_at=f.instant("notified_at"), by=f.maybe_text("by") or "")


def _payment_plan(f: Fields) -> PaymentPlan:
    f.only("status", "since", "debt_ids")
    return PaymentPlan(
        status=f.text("status"), since=f.day("since"), debt_ids=f.maybe_texts("debt_ids") or ()
    )


def _inconvenient_time(f: Fields) -> InconvenientTime:
    f.only("days", "start", "end", "until_date")
    names = f.texts("days")
    if unknown := [name for name in names if name not in _WEEKDAYS]:
        raise f.wrong("days", f"names {unknown[0]!r}, not a weekday such as mon")
    return InconvenientTime(
        days=frozenset(_WEEKDAYS[name] for name in names),
        start=f.second("start"),
        end=f.second("end"),
        until_on=f.maybe_day("until_date"),
    )


def _refusal(f: Fields) -> StatuteBarredRefusal:
    f.only("stated_at", "debt_ids")
    return StatuteBarredRefusal(
        stated_at=f.instant("stated_at"), debt_ids=f.maybe_texts("debt_ids") or ()
    )


def _consent(f: Fields) -> Consent:
    f.only(
        *[
            "type",
            "channel",
            "given_at",
            "given_to",
            "debt_ids",
            "valid_from",
            "valid_until",
            "revoked_at",
            "window",
        ]
    )
    given_to, window = f.text("given_to"), f.maybe_part("window")
    if given_to not in ("actor", "other"):
        raise f.wrong("given_to", f"is {given_to!r}, not actor or other")
    return Consent(
        type=f.one_of("type", ConsentType),
        channel=f.maybe_one_of("channel", Channel),
        given_at=f.instant("given_at"),
        to_sender=given_to == "actor",
        debt_ids=f.maybe_texts("debt_ids"),
        valid_from=f.maybe_day("valid_from"),
        valid_until=f.maybe_day("valid_until"),
        revoked_at=f.maybe_instant("revoked_at"),
        window=None if window is None else (window.second("start"), window.second("end")),
    )


def _notice(f: Fields) -> Notice:
    f.only("code", "sent_at")
    return Notice(code=f.text("code"), sent_at=f.instant("sent_at"))

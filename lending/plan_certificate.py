"""The certificate of a plan: the whole agreement as canonical JSON, versioned, with its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lending.accounts import Account, Instalment
from lending.errors import LendingError
from lending.plan_json import Data, canonical, digest, offer_to_json, row_from_json, row_to_json
from lending.plan_records import Certificate, Plan
from lending.plan_words import Named, agreement

FORMAT = "tideover-plan/1"


class NotGenuine(LendingError):
    """A certificate whose bytes do not give the hash that it should have, or that says too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who agrees: the lender's name, the borrower's reference; no other personal data."""

    lender: str
    borrower: str


def make_certificate(
    plan: Plan,
    account: Account,
    rows: Sequence[Instalment],
    parties: Parties,
    *,
    version: int,
    agreed_on: date,
    made_on: date,
    made_at: datetime,
    accepted: bool,
    grace_days: int,
    misses_allowed: int,
) -> Certificate:
    """The certificate of the plan with these rows. `grace_days` after a due date a payment is
    missed; of those, `misses_allowed` move to the end of the plan.
    """
    told = offer_to_json(plan.offer)
    data: Data = {
        "format": FORMAT,
        "plan": plan.id,
        "offer": plan.offer_id,
        "version": version,
        "lender": parties.lender,
        "borrower": parties.borrower,
        "account": account.reference,
        "product": account.product.value,
        "currency": account.currency,
        "agreed_on": agreed_on.isoformat(),
        "made_on": made_on.isoformat(),
        "reliefs": told["reliefs"],
        "rate_bp": told["rate_bp"],
        "rows": [row_to_json(row) for row in rows],
        "total_minor": sum(row.amount.minor for row in rows),
        "waived": told["waived"],
        "capitalised": told["capitalised"],
        "comparison": told["comparison"],
        "agreement": agreement(
            Named(lender=parties.lender, borrower=parties.borrower, account=account.reference),
            plan.offer,
            rows,
            grace_days=grace_days,
            misses_allowed=misses_allowed,
        ),
        "promises": {
            "late_fees": "suspended",
            "penalty_interest": "suspended",
            "missed_grace_days": grace_days,
            "misses_allowed": misses_allowed,
        },
    }
    return Certificate(
        plan_id=plan.id,
        version=version,
        text=canonical(data).decode("utf-8"),
        sha256=digest(data),
        made_at=made_at,
        accepted_at=made_at if accepted else None,
    )


def read_certificate(text: bytes, sha256: str) -> tuple[Data, tuple[Instalment, ...]]:
    """What the certificate says, and its rows. Raises NotGenuine.

    The bytes must give the hash and be canonical: one changed byte, even a space, is refused.
    """
    if hashlib.sha256(text).hexdigest() != sha256:
        raise NotGenuine(
            "The certificate does not give its hash: it was changed, or the hash belongs to another.",
            hint="Compare it with the version that the lender keeps.",
        )
    try:
        data = json.loads(text)
        rows = tuple(row_from_json(row, data["currency"]) for row in data["rows"])
        is_ours = data["format"] == FORMAT and canonical(data) == text
    except (ValueError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        raise NotGenuine(
            "The file is no certificate of a plan.", hint="Give the JSON file of the certificate."
        )
    return data, rows

"""The columns of each kind of file, and a line as the strict form that the API takes, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from console.api_problem import plain
from console.lender_forms import AccountForm, BorrowerForm, PaymentForm, PointForm, ScheduleForm
from lending.amounts import exact
from lending.errors import TideoverError
from lending.intake import Kind, Record

Cells = Mapping[str, str]

_NEEDED = {
    Kind.BORROWERS: "reference full_name language timezone jurisdiction country",
    Kind.CONTACT_POINTS: "borrower kind value",
    Kind.ACCOUNTS: "reference borrower product currency opened_on annual_rate_bp",
    Kind.SCHEDULES: "account number due_on currency principal interest",
    Kind.PAYMENTS: "account key amount currency method initiated_on",
}
_LOAN = "principal instalments first_due_on disbursed_on frequency method day_count roll"
_LOAN += " holiday_country penalty_rate_bp"
_CARD = "credit_limit statement_day due_days minimum_rate_bp minimum_floor minimum_adds_charges"
_FEE = "late_fee late_fee_rate_bp late_fee_cap late_fee_as_penalty"
_OPTIONAL = {
    Kind.BORROWERS: "given_name birth_date",
    Kind.CONTACT_POINTS: "verified_at reachable",
    Kind.ACCOUNTS: f"schedule grace_days {_FEE} {_LOAN} {_CARD}",
    Kind.SCHEDULES: "",
    Kind.PAYMENTS: "status settled_on",
}
_AMOUNTS = frozenset(
    ["principal", "interest", "amount", "late_fee", "late_fee_cap", "credit_limit", "minimum_floor"]
)
_WHOLE = frozenset(
    [
        "number",
        "annual_rate_bp",
        "instalments",
        "penalty_rate_bp",
        "grace_days",
        "statement_day",
        "due_days",
        "minimum_rate_bp",
        "late_fee_rate_bp",
    ]
)
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_FLAGS = frozenset(["reachable", "minimum_adds_charges", "late_fee_as_penalty"])


class BadLine(TideoverError):
    """A line that cannot be taken; the message says which column, and never what stood there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    needed: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.needed, *self.optional)


def columns_of(kind: Kind) -> Columns:
    return Columns(needed=tuple(_NEEDED[kind].split()), optional=tuple(_OPTIONAL[kind].split()))


def key_of(kind: Kind, cells: Cells) -> str:
    """What must not come twice in one file."""
    match kind:
        case Kind.BORROWERS | Kind.ACCOUNTS:
            return cells["reference"]
        case Kind.CONTACT_POINTS:
            return "\x1f".join((cells["borrower"], cells["kind"], cells["value"]))
        case Kind.SCHEDULES:
            return cells["account"]
        case Kind.PAYMENTS:
            return cells["key"]


def read_record(kind: Kind, lines: Sequence[Cells]) -> Record:
    """What one line, or all lines of one schedule, tell. Raises BadLine."""
    cells = lines[0]
    try:
        match kind:
            case Kind.BORROWERS:
                told = _given(cells, except_for="reference")
                return BorrowerForm.model_validate(told).to_record(_reference(cells, "reference"))
            case Kind.CONTACT_POINTS:
                told = _given(cells, except_for="borrower")
                return PointForm.model_validate(told).to_record(_reference(cells, "borrower"))
            case Kind.ACCOUNTS:
                return _account(cells)
            case Kind.SCHEDULES:
                rows = [_given(line, except_for="account currency") for line in lines]
                form = ScheduleForm.model_validate({"instalments": [_row(row) for row in rows]})
                return form.to_record(_reference(cells, "account"), cells["currency"])
            case Kind.PAYMENTS:
                told = _given(cells, except_for="account")
                told["amount_minor"] = told.pop("amount", None)
                return PaymentForm.model_validate(told).to_record(_reference(cells, "account"))
    except ValidationError as error:
        raise BadLine("; ".join(_said(one) for one in error.errors())) from None
    except BadLine:
        raise
    except TideoverError as error:
        raise BadLine(f"{error.message} {error.hint}".strip()) from None


def _account(cells: Cells) -> Record:
    told = _given(cells, except_for="reference")
    shared = {
        name: told.pop(name) for name in ("borrower", "opened_on", "schedule") if name in told
    }
    product = told.get("product")
    if product == "instalment_loan":
        told["principal_minor"] = told.pop("principal", None)
    elif product == "credit_card":
        told["credit_limit_minor"] = told.pop("credit_limit", None)
        told["minimum_floor_minor"] = told.pop("minimum_floor", None)
    fee = {
        "flat_minor": told.pop("late_fee", None),
        "rate_bp": told.pop("late_fee_rate_bp", 0),
        "cap_minor": told.pop("late_fee_cap", None),
        "as_penalty": told.pop("late_fee_as_penalty", False),
    }
    if fee["flat_minor"] or fee["rate_bp"]:
        told["late_fee"] = fee
    form = AccountForm.model_validate({**shared, "terms": told})
    return form.to_record(_reference(cells, "reference"))


def _row(told: dict[str, Any]) -> dict[str, Any]:
    for name in ("principal", "interest"):
        told[f"{name}_minor"] = told.pop(name, None)
    return told


def _given(cells: Cells, *, except_for: str) -> dict[str, Any]:
    """Each filled cell in its type; an empty one was not given."""
    skipped = except_for.split()
    currency = cells.get("currency", "")
    return {
        name: _typed(name, text, currency)
        for name, text in cells.items()
        if text and name not in skipped
    }


def _typed(name: str, text: str, currency: str) -> object:
    if name in _AMOUNTS:
        return _minor(name, text, currency)
    if name in _WHOLE:
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise BadLine(f"{name}: is no whole number.")
        return int(text)
    if name in _FLAGS:
        flag = _YES_NO.get(text.lower())
        if flag is None:
            raise BadLine(f"{name}: say yes or no.")
        return flag
    return text


def _minor(name: str, text: str, currency: str) -> int:
    """12500.00 of USD is 1250000. No thousands separators, no sign of a currency."""
    if len(currency) != 3 or not (currency.isascii() and currency.isupper()):
        raise BadLine("currency: is no ISO 4217 code such as USD.")
    plain_number = text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 20
    try:
        amount = Decimal(text) if plain_number else None
    except InvalidOperation:
        amount = None
    if amount is None:
        raise BadLine(f"{name}: is no amount such as 1250.00 (no separators, no currency sign).")
    try:
        return exact(amount, currency).minor
    except TideoverError as error:
        raise BadLine(f"{name}: {error.message}") from None


def _reference(cells: Cells, name: str) -> str:
    from console.lender_forms import is_reference

    if not is_reference(cells[name]):
        raise BadLine(f"{name}: use 1 to 64 letters, digits and . _ : - for a reference.")
    return cells[name]


_RENAMED: Callable[[str], str] = lambda name: name.removesuffix("_minor")  # noqa: E731


def _said(error: Any) -> str:
    where = [str(part) for part in error["loc"] if part not in ("terms", "instalments")]
    names = [_RENAMED(part) for part in where if not part.isdigit()]
    column = names[-1] if names else "line"
    if error["type"] == "union_tag_not_found" or error["type"] == "union_tag_invalid":
        return "product: say instalment_loan or credit_card"
    if error["type"] == "extra_forbidden":
        return f"{column}: does not belong to this product or kind"
    if error["type"] == "missing" or "None" in str(error.get("input")):
        return f"{column}: is missing"
    return f"{column}: {plain(error['msg'])}"

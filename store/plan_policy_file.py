"""Read the lender's plan policies from their YAML files; a wrong value is told with its line.

One file for each contact-rule profile (`us.yaml`, `cn.yaml` ...), with a policy for each product.
Those that come with Tideover are in `plan_policies/`; a lender's own folder may replace any.
docs/plan-policies.md tells each field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from compliance.profile_lines import MisreadYaml, line_of, read_with_lines
from lending.accounts import Product
from lending.errors import TideoverError
from lending.holds import HoldKind
from lending.plan_policy import (
    EXCLUDED_HOLDS,
    STAFF_ONLY,
    Allowance,
    Approval,
    Arrears,
    MissedPayment,
    PlanPolicy,
    Treatment,
)
from lending.reliefs import ReliefKind

DEFAULT_POLICIES = Path(__file__).with_name("plan_policies")
STRICTEST = "STRICT"
_HINT = "docs/plan-policies.md tells every field. No plan is offered until the file is mended."

Whole = Annotated[StrictInt, Field(ge=0)]
Share = Annotated[StrictInt, Field(ge=1, le=10_000)]
Count = Annotated[StrictInt, Field(ge=1, le=600)]
Months = Annotated[StrictInt, Field(ge=1, le=480)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Amounts = dict[Currency, Whole]


class BrokenPolicy(TideoverError):
    """A policy file that cannot be used; the message names file, line and field."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AllowanceForm(_Form):
    approval: Approval = Approval.SELF
    months: tuple[Months, ...] = ()
    shares_bp: tuple[Share, ...] = ()
    rates_bp: tuple[Annotated[StrictInt, Field(ge=0, le=100_000)], ...] = ()
    counts: tuple[Count, ...] = ()
    most_days: Annotated[StrictInt, Field(ge=0, le=62)] = 0
    per_year: Annotated[StrictInt, Field(ge=0, le=100)] | None = None

    def to_rule(self) -> Allowance:
        return Allowance(**self.model_dump())


class ArrearsForm(_Form):
    principal: Treatment = Treatment.SPREAD
    interest: Treatment = Treatment.SPREAD
    fee: Treatment = Treatment.SPREAD
    penalty: Treatment = Treatment.SPREAD

    @model_validator(mode="after")
    def _principal_stays(self) -> Self:
        if self.principal is Treatment.WAIVE:
            raise ValueError("principal is never waived by rule; allow a settlement instead")
        return self


_NEEDS: Mapping[ReliefKind, tuple[str, ...]] = {
    ReliefKind.DUE_DATE_CHANGE: ("most_days",),
    ReliefKind.DEFERRAL: ("most_days",),
    ReliefKind.PAYMENT_HOLIDAY: ("months",),
    ReliefKind.INTEREST_ONLY: ("months",),
    ReliefKind.REDUCED_PAYMENTS: ("months", "shares_bp"),
    ReliefKind.TERM_EXTENSION: ("months",),
    ReliefKind.ARREARS_SPREAD: ("months",),
    ReliefKind.RATE_CUT: ("rates_bp",),
    ReliefKind.FEE_WAIVER: ("shares_bp",),
    ReliefKind.SETTLEMENT: ("shares_bp", "counts"),
    ReliefKind.CARD_INSTALMENTS: ("counts", "rates_bp"),
}
_CHOICES = ("months", "shares_bp", "rates_bp", "counts", "most_days")


class PolicyForm(_Form):
    """One product's policy as a file says it."""

    reliefs: dict[ReliefKind, AllowanceForm]
    arrears: ArrearsForm = ArrearsForm()
    days_past_due: tuple[Whole, Whole] = (0, 179)
    excluded_holds: frozenset[HoldKind] = EXCLUDED_HOLDS
    least_payment: Amounts = {}
    largest_waiver: Amounts = {}
    largest_waiver_bp: Annotated[StrictInt, Field(ge=0, le=10_000)] = 10_000
    longest_payments: Count = 120
    longest_months: Months = 120
    later_payment_bp: Annotated[StrictInt, Field(ge=0, le=100_000)] = 12_000
    buffer_bp: Annotated[StrictInt, Field(ge=0, le=9_999)] = 1_000
    usual_months: Annotated[StrictInt, Field(ge=1, le=60)] = 6
    plans_per_year: Annotated[StrictInt, Field(ge=0, le=100)] = 2
    watch_days: Annotated[StrictInt, Field(ge=0, le=3_650)] = 90
    offer_hours: Annotated[StrictInt, Field(ge=1, le=2_160)] = 72
    undo_days: Annotated[StrictInt, Field(ge=0, le=365)] = 14
    missed_payment: MissedPayment = MissedPayment.MOVE_ONCE
    missed_grace_days: Annotated[StrictInt, Field(ge=0, le=60)] = 5
    first_roles: frozenset[str] = frozenset({"agent", "supervisor", "admin"})
    second_roles: frozenset[str] = frozenset({"supervisor", "admin"})

    def to_policy(self, name: str, version: str, product: str) -> PlanPolicy:
        values = {field: getattr(self, field) for field in type(self).model_fields}
        rules = {kind: allowance.to_rule() for kind, allowance in self.reliefs.items()}
        arrears = Arrears(**self.arrears.model_dump())
        return PlanPolicy(
            name=name,
            version=version,
            product=product,
            **values | {"reliefs": rules, "arrears": arrears},
        )


class _File(_Form):
    name: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]*$")]
    version: Annotated[str, Field(min_length=1, max_length=20)]
    about: str = ""
    sources: tuple[str, ...] = ()
    products: dict[Product, PolicyForm]


_POLICY = TypeAdapter(PolicyForm)


def read_policy(data: Any, name: str, version: str, product: str) -> PlanPolicy:
    """One product's policy from plain data, as in a file's `products`. Raises BrokenPolicy."""
    try:
        form = _POLICY.validate_python(data)
    except ValidationError as error:
        place, message = _first(error)
        raise BrokenPolicy(
            f"{'.'.join(map(str, place)) or 'policy'}: {message}.", hint=_HINT
        ) from None
    mistake = _mistake(form, product)
    if mistake:
        raise BrokenPolicy(f"{'.'.join(mistake[0])}: {mistake[1]}.", hint=_HINT)
    return form.to_policy(name, version, product)


def read_policy_file(path: Path) -> dict[str, PlanPolicy]:
    """The policies of a file by product. Raises BrokenPolicy that names the line."""
    try:
        content = path.read_bytes()
        data, lines = read_with_lines(content.decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenPolicy(
            f"{path.name} cannot be read ({type(error).__name__}).", hint=_HINT
        ) from None
    except MisreadYaml as error:
        raise BrokenPolicy(
            f"{path.name}, line {error.line}: {error.message}.", hint=_HINT
        ) from None

    def broken(place: tuple[str | int, ...], message: str) -> BrokenPolicy:
        field = ".".join(map(str, place)) or "the file"
        return BrokenPolicy(
            f"{path.name}, line {line_of(place, lines)}: {field}: {message}.", hint=_HINT
        )

    try:
        form = _File.model_validate(data)
    except ValidationError as error:
        raise broken(*_first(error)) from None
    if form.name.lower() != path.stem:
        raise broken(("name",), f"the file is not named {form.name.lower()}.yaml")
    version = f"{form.version}+{hashlib.sha256(content).hexdigest()[:8]}"
    found = {}
    for product, policy in form.products.items():
        mistake = _mistake(policy, product.value)
        if mistake:
            raise broken(("products", product.value, *mistake[0]), mistake[1])
        found[product.value] = policy.to_policy(form.name, version, product.value)
    return found


class PolicyShelf:
    """All policies of a lender, read once: the lender's own file where there is one."""

    def __init__(self, folder: Path | None = None) -> None:
        """Reads every file. Raises BrokenPolicy."""
        files = {path.stem: path for path in sorted(DEFAULT_POLICIES.glob("*.yaml"))}
        if folder is not None:
            if not folder.is_dir():
                raise BrokenPolicy(
                    "The folder of plan policies does not exist.",
                    hint="Correct TIDEOVER_PLAN_POLICY_DIR, or leave it out.",
                )
            files |= {path.stem: path for path in sorted(folder.glob("*.yaml"))}
        self._policies = {
            (stem.upper(), product): policy
            for stem, path in files.items()
            for product, policy in read_policy_file(path).items()
        }

    @property
    def names(self) -> list[str]:
        return sorted({name for name, _ in self._policies})

    def policy(self, jurisdiction: str, product: str) -> PlanPolicy:
        """The jurisdiction's, else that of what it is part of (US-CA: US), else the strictest."""
        for name in (jurisdiction, jurisdiction.split("-")[0], STRICTEST):
            found = self._policies.get((name, product))
            if found is not None:
                return found
        return replace(self._nothing, product=product)

    @property
    def _nothing(self) -> PlanPolicy:
        """Where no file speaks of a product, nothing is offered."""
        return PlanPolicy(name="NONE", version="0", product="")


def _first(error: ValidationError) -> tuple[tuple[str | int, ...], str]:
    one = error.errors(include_url=False)[0]
    place = tuple(part for part in one["loc"] if part != "[key]")
    return place, one["msg"].removeprefix("Value error, ").rstrip(".")


def _mistake(form: PolicyForm, product: str) -> tuple[tuple[str, ...], str] | None:
    """What a policy says that cannot be meant: the field, and why."""
    is_card = product == Product.CREDIT_CARD
    for kind, allowance in form.reliefs.items():
        place = ("reliefs", kind.value)
        if is_card != (kind is ReliefKind.CARD_INSTALMENTS):
            return place, f"a {product} cannot have this relief"
        needed = _NEEDS[kind]
        for name in needed:
            if not getattr(allowance, name):
                return place, f"{name} is missing"
        for name in _CHOICES:
            given = getattr(allowance, name)
            if given and name not in needed:
                return (*place, name), f"{kind.value} does not take {name}"
            if isinstance(given, tuple) and len(set(given)) < len(given):
                return (*place, name), "a choice stands twice"
        if kind in STAFF_ONLY and allowance.approval is Approval.SELF:
            return place, "approval must be staff: two people agree to this relief"
    first, last = form.days_past_due
    if first > last:
        return ("days_past_due",), "the first is after the last"
    if not form.first_roles or not form.second_roles:
        return ("second_roles",), "somebody must be able to agree"
    return None

"""What a profile file may say. The parameters of each kind of check are those of its class."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from compliance.checks_content import BannedContent, MissingContent
from compliance.codes import CATEGORIES, DISCLOSURES
from compliance.kinds import CLOCK_KINDS, KINDS
from compliance.profile import Binds, Rule, RuleCheck
from compliance.when import UnlessReply, When

Path = tuple[str | int, ...]
RuleId = Annotated[str, Field(pattern=r"^[A-Z]{2,}[A-Za-z0-9.-]+$")]
_WHEN = TypeAdapter(When)
_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for name, kind in KINDS.items()}


class FieldMistake(Exception):
    """A wrong value at `path` of the file."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleModel(_Model):
    id: RuleId
    title: str = Field(min_length=10)
    binds: Binds
    effect: Literal[
        "delay",
        "block",
        "delay/block",
        "content",
        "staff",
        "scope",
        "process",
        "exception",
        "info",
    ]
    citation: str = Field(min_length=3)
    confidence: str = Field(pattern=r"^(V1|V2|M|H)(/(V1|V2|M|H))*$")
    kind: Literal["decided", "documented"] = "decided"
    effective_from: date | None = None
    effective_until: date | None = None
    when: dict[str, Any] = {}
    checks: list[dict[str, Any]] = []
    unless_reply: UnlessReply = UnlessReply.NEVER
    note: str = ""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> RuleModel:
        if (self.kind == "decided") != bool(self.checks):
            raise ValueError(f"a {self.kind} rule has {'no ' if not self.checks else ''}checks")
        if self.checks and self.binds is Binds.NOBODY:
            raise ValueError("a rule with checks binds somebody")
        begins, ends = self.effective_from, self.effective_until
        if begins and ends and begins > ends:
            raise ValueError("effective_from is after effective_until")
        return self


class WideningModel(_Model):
    """A rule of an overlay that makes the base's collector rules bind creditors too."""

    rule: RuleId
    not_rules: list[RuleId] = []


class AdditionModel(_Model):
    """Further checks of a rule of the base, for this profile."""

    rule: RuleId
    checks: list[dict[str, Any]] = Field(min_length=1)


class ProfileModel(_Model):
    name: str = Field(pattern=r"^[A-Z]{2,}(-[A-Z0-9]{2,})?$")
    title: str = Field(min_length=2)
    version: str = Field(min_length=1)
    as_of: date
    extends: str | None = None
    abstract: bool = False
    creditors_too: WideningModel | None = None
    more_checks: list[AdditionModel] = []
    rules: list[RuleModel] = Field(min_length=1)


def parse_profile(data: Any) -> ProfileModel:
    """Raises FieldMistake."""
    try:
        return ProfileModel.model_validate(data)
    except ValidationError as error:
        raise _mistake(error, ()) from None


def parse_rule(model: RuleModel, path: Path) -> Rule:
    """The rule that stands at `path`; raises FieldMistake."""
    when = _parse(_WHEN, When, model.when, (*path, "when"))
    return Rule(
        id=model.id,
        title=model.title,
        binds=model.binds,
        effect=model.effect,
        citation=model.citation,
        confidence=model.confidence,
        when=when,
        checks=parse_checks(model.checks, (*path, "checks"), lapses=model.effect != "staff"),
        unless_reply=model.unless_reply,
        effective_from=model.effective_from,
        effective_until=model.effective_until,
        note=model.note,
    )


def parse_checks(
    checks: list[dict[str, Any]], path: Path, *, lapses: bool = True
) -> tuple[RuleCheck, ...]:
    """The checks listed at `path`; raises FieldMistake.

    `lapses` False: what time would lift blocks all the same, because staff decide.
    """
    return tuple(_parse_check(check, (*path, index), lapses) for index, check in enumerate(checks))


def _parse_check(data: dict[str, Any], path: Path, lapses: bool) -> RuleCheck:
    values = dict(data)
    kind, when = values.pop("kind", None), values.pop("when", {})
    if kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise FieldMistake(f"there is no kind {kind!r}; known are {known}", (*path, "kind"))
    check = _parse(_ADAPTERS[kind], KINDS[kind], values, path)
    _refuse_unknown_codes(check, path)
    return RuleCheck(
        kind=kind,
        when=_parse(_WHEN, When, when, (*path, "when")),
        check=check,
        lapses=lapses and kind in CLOCK_KINDS,
    )


def _parse(adapter: TypeAdapter[Any], kind: type, values: Any, path: Path) -> Any:
    if not isinstance(values, dict):
        raise FieldMistake("a mapping is expected", path)
    known = {field.name for field in fields(kind) if field.init}
    for name in values:
        if name not in known:
            raise FieldMistake(f"{name} is not a field here", (*path, str(name)))
    try:
        return adapter.validate_python(values)
    except ValidationError as error:
        raise _mistake(error, path) from None


def _refuse_unknown_codes(check: Any, path: Path) -> None:
    if isinstance(check, BannedContent):
        field, unknown = "categories", check.categories - CATEGORIES
    elif isinstance(check, MissingContent):
        field, unknown = "codes", check.codes - DISCLOSURES
    else:
        return
    if unknown:
        raise FieldMistake(f"unknown: {', '.join(sorted(unknown))}", (*path, field))


def _mistake(error: ValidationError, path: Path) -> FieldMistake:
    first = error.errors(include_url=False)[0]
    return FieldMistake(first["msg"].removeprefix("Value error, "), (*path, *first["loc"]))

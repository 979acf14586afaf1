"""`tideover rules`: may I contact now, do the rules agree with the cases, what rules are there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from compliance.attempt import Attempt, Content, Decision
from compliance.decide import decide
from compliance.errors import RulesError
from compliance.explain import explain
from compliance.facts import BorrowerState, Debt, Facts
from compliance.history import History
from compliance.profile_file import load_profile
from compliance.records import Attorney, Cease, Consent, Moratorium, OptOut
from compliance.terms import (
    ActorRole,
    AddressKind,
    Channel,
    ConsentType,
    Phase,
    Purpose,
    Recipient,
)
from compliance.vectors import check as check_vector
from compliance.vectors import read_vectors

UNREADABLE = 2
"""Exit status for a file or question that cannot be read."""

rules = typer.Typer(help="Contact rules: check them, ask them, list them.", no_args_is_help=True)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except RulesError as error:
        err.print(f"Error: {error.message}", markup=False)
        if error.hint:
            err.print(f"Do: {error.hint}", markup=False)
        raise typer.Exit(UNREADABLE) from None


@rules.command()
def check(
    file: Annotated[Path, typer.Argument(help="Test cases, schema repay-compliance-vectors/1.0.")],
) -> None:
    """Decide each test case and print those that differ; leaves with 1 if any does."""
    with _plain_errors():
        vectors = read_vectors(file)
        found = [check_vector(vector, load_profile(vector.profile)) for vector in vectors]
    differing = [difference for difference in found if difference is not None]
    for difference in differing:
        vector = difference.vector
        out.print(f"{vector.id} ({vector.profile}): {difference.why}", markup=False)
        out.print(f"  expected {_shown(vector.expected)}", markup=False)
        out.print(f"  got      {_shown(difference.got)}", markup=False)
    out.print(
        f"{len(vectors)} cases, {len(vectors) - len(differing)} agree, {len(differing)} differ."
    )
    if differing:
        raise typer.Exit(1)


def _shown(decision: Decision) -> str:
    until = f" until {decision.until:%Y-%m-%dT%H:%M:%SZ}" if decision.until else ""
    return f"{decision.effect}{until} {', '.join(decision.rules) or '-'}"


@rules.command("explain")
def explain_(
    at: Annotated[
        str | None, typer.Option(help="The instant, such as 2026-06-10T12:00:00Z; now.")
    ] = None,
    profile: Annotated[str, typer.Option(help="us, us-ma, cn, uk, in, strict, ...")] = "strict",
    timezone: Annotated[str, typer.Option(help="The borrower's zone.")] = "UTC",
    also_timezone: Annotated[
        list[str] | None, typer.Option(help="Another zone where the borrower may be; repeat.")
    ] = None,
    channel: Annotated[Channel, typer.Option()] = Channel.CHAT,
    purpose: Annotated[Purpose, typer.Option()] = Purpose.REMINDER,
    recipient: Annotated[Recipient, typer.Option()] = Recipient.BORROWER,
    address_kind: Annotated[AddressKind, typer.Option()] = AddressKind.PERSONAL,
    phase: Annotated[Phase, typer.Option()] = Phase.POST_DUE,
    role: Annotated[ActorRole, typer.Option(help="Who sends.")] = ActorRole.CREDITOR,
    follows: Annotated[
        bool, typer.Option(help="The creditor takes on the collectors' rules.")
    ] = True,
    automated: Annotated[bool, typer.Option(help="Sent by the machine.")] = True,
    days_past_due: Annotated[int, typer.Option(min=0)] = 0,
    consent: Annotated[bool, typer.Option(help="Consent to the channel is on file.")] = True,
    opted_out: Annotated[bool, typer.Option(help="The channel was closed.")] = False,
    ceased: Annotated[bool, typer.Option(help="Wants no contact at all, in writing.")] = False,
    lawyer: Annotated[bool, typer.Option(help="A lawyer acts for the borrower.")] = False,
    moratorium: Annotated[bool, typer.Option(help="A moratorium is in force.")] = False,
    includes: Annotated[
        str, typer.Option(help="What the text conveys, as codes with commas.")
    ] = "identity,purpose,opt_out,us_18e2",
) -> None:
    """May I contact now, and if not, when and why?"""
    with _plain_errors():
        now = _instant(at) if at else _now()
        state = BorrowerState(
            consents=(
                Consent(type=ConsentType.CHANNEL, channel=channel, given_at=now, to_sender=True),
            )
            if consent
            else (),
            opt_outs=(OptOut(channel=channel, address_id=None, at=now),) if opted_out else (),
            cease=Cease(received_at=now, written=True) if ceased else None,
            attorney=Attorney(known_since=now, contact_known=True) if lawyer else None,
            moratorium=Moratorium(start_on=now.date() - timedelta(days=1), end_on=None, debt_ids=())
            if moratorium
            else None,
        )
        facts = Facts(
            timezone=timezone,
            possible_timezones=(timezone, *(also_timezone or [])),
            phase=phase,
            actor_role=role,
            creditor_follows_collector_rules=follows,
            debts=(Debt(id="debt", days_past_due=days_past_due),),
            state=state,
        )
        attempt = Attempt(
            at=now,
            channel=channel,
            purpose=purpose,
            debt_ids=("debt",),
            address_id="address",
            address_kind=address_kind,
            recipient=recipient,
            automated=automated,
            content=Content(includes=frozenset(filter(None, includes.split(",")))),
        )
        chosen = load_profile(profile)
        decision = decide(attempt, facts, History(), chosen)
    for line in explain(decision, facts, chosen):
        out.print(line, markup=False)
    out.print(f"Rules: {chosen.name} {chosen.version}", markup=False)


def _now() -> datetime:
    from wiring.base import utc_now

    return utc_now()


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RulesError(
            f"{text!r} is not an instant.", hint="Write it as 2026-06-10T12:00:00Z."
        ) from None


@rules.command("list")
def list_(
    profile: Annotated[str, typer.Argument(help="us, us-ma, cn, uk, in, strict, ...")],
) -> None:
    """Every rule of a profile."""
    with _plain_errors():
        chosen = load_profile(profile)
    out.print(f"{chosen.title}, {chosen.name} {chosen.version}, as of {chosen.as_of}", markup=False)
    for rule in chosen.rules:
        out.print(f"\n{rule.id}  ({rule.kind}; binds {rule.binds}; {rule.effect})", markup=False)
        out.print(f"  {rule.title}", markup=False)
        out.print(f"  {rule.citation}; confidence {rule.confidence}", markup=False)

"""`tideover plans`: quote plans from a file, show one, approve, decline, certificates."""

from __future__ import annotations

import json
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console

from console.account_parts import Answer
from console.form_files import BadFile, read_form
from console.plain_errors import out, plain_errors
from console.plan_answers import kept_part, plan_part, quote_answer
from console.plan_desk import PlanDesk, plan_desk
from console.plan_json import QuoteForm
from console.plan_tables import print_offer, print_quote
from lending.accounts import Instalment
from lending.errors import TideoverError
from lending.plan_certificate import read_certificate
from lending.plan_json import Data
from lending.plan_records import OfferState, UnknownPlan

if TYPE_CHECKING:
    pass

app = typer.Typer(help="Repayment plans: quotes, approval, certificates.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
OfferId = Annotated[str, typer.Argument(help="The offer's id, as `tideover plans list` prints it.")]
Login = Annotated[str, typer.Option("--as", help="Your sign-in name; your role is that of it.")]
Reference = Annotated[
    str, typer.Argument(help="A plan's or an offer's id, or an account's reference.")
]


class Chinese(StrEnum):
    SIMPLIFIED = "zh-Hans"
    TRADITIONAL = "zh-Hant"


class NotACertificate(TideoverError):
    """The file is neither the JSON nor the PDF of a certificate that is kept here."""


@app.command()
def quote(
    file: Annotated[Path, typer.Argument(help="JSON; docs/plans-json.md shows it.")],
    as_json: AsJson = False,
) -> None:
    """The plans that fit an account and a household, from a file; needs no database."""
    from settings import load_settings
    from wiring.base import plan_office

    with plain_errors():
        form = read_form(file, TypeAdapter(QuoteForm), page="docs/plans-json.md")
        answer = quote_answer(form, plan_office(load_settings()).policy_for)
        if as_json:
            _print_json(answer)
        else:
            print_quote(Console(highlight=False), answer)


@app.command("list")
def list_(
    state: Annotated[
        OfferState | None, typer.Option(help="Offers in this state; without it, what waits.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Offers that wait for staff, or those in one state."""
    states = (OfferState.REQUESTED, OfferState.RECOMMENDED) if state is None else (state,)
    with plain_errors(), plan_desk() as desk:
        found = [
            {**kept_part(kept), "account": desk.reference(kept.account_id)}
            for kept in desk.uow.plans.offers_in(*states)
        ]
        if as_json:
            _print_json({"offers": found})
            return
        for one in found:
            reliefs = ", ".join(relief["kind"] for relief in one["reliefs"])
            out.print(f"{one['offer_id']}  {one['state']}  {one['account']}  {reliefs}")
        if not found:
            out.print("Nothing waits.")


@app.command()
def show(reference: Reference, as_json: AsJson = False) -> None:
    """A plan or an offer, with its schedule; of an account, the plan in force or the last one."""
    with plain_errors(), plan_desk() as desk:
        plan = desk.plan(reference)
        if plan is not None:
            part = plan_part(
                plan,
                desk.reference(plan.account_id),
                tuple(desk.uow.plans.certificates_of(plan.id)),
            )
        else:
            kept = desk.offer(reference)
            part = {**kept_part(kept), "account": desk.reference(kept.account_id)}
        if as_json:
            _print_json(part)
        else:
            print_offer(Console(highlight=False), part)


@app.command()
def recommend(
    offer_id: OfferId,
    login: Login,
    note: Annotated[str, typer.Option(help="What the second person should know.")] = "",
) -> None:
    """Support an offer that a borrower asked for; a second person then approves it."""
    with plain_errors(), plan_desk() as desk:
        desk.agree(desk.office.recommend, "plan.recommended", offer_id, login, note=note)
        out.print("Recommended. A second colleague can approve it now.")


@app.command()
def approve(offer_id: OfferId, login: Login) -> None:
    """Approve an offer that somebody else recommended; the borrower is told and can accept."""
    with plain_errors(), plan_desk() as desk:
        kept = desk.agree(desk.office.approve, "plan.approved", offer_id, login)
        out.print(
            f"Approved. The borrower can accept it until {kept.expires_at:%Y-%m-%d %H:%M} UTC."
        )


@app.command()
def decline(
    offer_id: OfferId,
    login: Login,
    reason: Annotated[str, typer.Option(help="For your colleagues; the borrower is told kindly.")],
) -> None:
    """Say no to an offer that waits for staff."""
    with plain_errors(), plan_desk() as desk:
        desk.agree(desk.office.decline, "plan.declined", offer_id, login, reason=reason)
        out.print("Declined. The account is held no more.")


@app.command()
def certificate(
    reference: Reference,
    to: Annotated[Path, typer.Option("--to", help="Folder for the JSON and the PDF.")] = Path("."),
    version: Annotated[int | None, typer.Option(help="A version; else the accepted one.")] = None,
    chinese: Annotated[Chinese, typer.Option(help="The PDF's Chinese.")] = Chinese.SIMPLIFIED,
) -> None:
    """Write a plan's certificate as JSON and PDF, and print its SHA-256."""
    from bot.certificate_pdf import certificate_pdf

    with plain_errors(), plan_desk() as desk:
        plan = desk.plan(reference)
        if plan is None:
            raise UnknownPlan("There is no such plan.", hint="Look at `tideover plans show`.")
        if version is None:
            found = desk.office.certificate(desk.uow.plans, plan.id)
        else:
            versions = {c.version: c for c in desk.uow.plans.certificates_of(plan.id)}
            if version not in versions:
                raise UnknownPlan(
                    f"The plan has no version {version}.",
                    hint=f"It has {', '.join(map(str, versions))}.",
                )
            found = versions[version]
        name = f"plan-{plan.id}-v{found.version}"
        _write(to / f"{name}.json", found.text.encode())
        _write(to / f"{name}.pdf", certificate_pdf(found, chinese=chinese.value))
        out.print(f"{to / name}.json\n{to / name}.pdf", soft_wrap=True)
        out.print(f"SHA-256 {found.sha256}", soft_wrap=True)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The certificate's JSON or PDF.")],
    sha256: Annotated[
        str | None, typer.Option(help="The hash to check against; else what is kept here.")
    ] = None,
) -> None:
    """Check that a certificate is, byte for byte, one that this lender issued."""
    with plain_errors():
        content = _read(file)
        if sha256 is not None and not content.startswith(b"%PDF"):
            data, rows = read_certificate(content, sha256.lower())
        else:
            with plan_desk() as desk:
                data, rows = _against_kept(desk, content)
        out.print(
            f"Genuine: plan {data['plan']}, version {data['version']}, account {data['account']}, "
            f"{len(rows)} payments.",
            soft_wrap=True,
        )


@app.command()
def review() -> None:
    """Look at every plan in force: complete it, move a missed payment, or pass it on to staff."""
    from scheduler.plan_review import review_plans
    from settings import load_settings
    from wiring.base import open_database, plan_office, utc_now

    with plain_errors():
        settings = load_settings()
        with closing(open_database(settings)) as database:
            database.check()
            done = review_plans(database, plan_office(settings), utc_now)
        told = ", ".join(f"{count} {event.value}" for event, count in sorted(done.events.items()))
        out.print(f"{done.plans} plans: {told or 'nothing to do'}; {done.problems} problems.")
        if done.problems:
            raise typer.Exit(1)


def _against_kept(desk: PlanDesk, content: bytes) -> tuple[Data, tuple[Instalment, ...]]:
    from bot.certificate_pdf import certificate_pdf, names_of

    plan_id, number = names_of(content)
    kept = {c.version: c for c in desk.uow.plans.certificates_of(plan_id)}.get(number)
    if kept is None:
        raise NotACertificate(
            "The file names no certificate that is kept here.",
            hint="Give the JSON or the PDF as it was issued.",
        )
    if not content.startswith(b"%PDF"):
        return read_certificate(content, kept.sha256)
    if content not in [certificate_pdf(kept, chinese=each.value) for each in Chinese]:
        raise NotACertificate(
            "The PDF is not, byte for byte, the one that was issued.",
            hint="Make it again with `tideover plans certificate` and compare.",
        )
    return read_certificate(kept.text.encode(), kept.sha256)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadFile(f"{file} cannot be read: {error.strerror}.", hint="Check its name.") from None


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadFile(
            f"{path} cannot be written: {error.strerror}.", hint="Give a folder with --to."
        ) from None


def _print_json(answer: Answer) -> None:
    print(json.dumps(answer, ensure_ascii=False, indent=2))

"""`tideover wording check`: what is wrong with a text, before it is sent or built in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from compliance.phrases import Severity
from compliance.wording import Finding, WordingContext, check_wording
from compliance.yaml_lines import WordingDataError

wording = typer.Typer(help="Check texts against banned wording.", no_args_is_help=True)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
BLOCKED, UNREADABLE = 1, 2


@wording.command()
def check(
    text: Annotated[str | None, typer.Argument(help="The text; leave out with --file.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="A UTF-8 file; each line is a message of its own.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="en, zh-Hans or zh-Hant: of the required statements.")
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="A host or address that links may lead to.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Also ask for what this profile requires, such as US.")
    ] = None,
    collector: Annotated[bool, typer.Option(help="We collect for another lender.")] = False,
    first: Annotated[bool, typer.Option(help="It is the first contact.")] = False,
    channel: Annotated[str, typer.Option(help="chat, sms, email, letter …")] = "chat",
    purpose: Annotated[str, typer.Option(help="reminder, reply, demand …")] = "reminder",
) -> None:
    """Print each fault with its reason. Leaves with 1 if one blocks, 2 if nothing was checked."""
    if language is not None and language not in LANGUAGES:
        _refuse(f"There is no language {language}.", f"Use one of {', '.join(LANGUAGES)}.")
    context = None
    if profile is not None:
        role = "third_party_collector" if collector else "creditor"
        context = WordingContext(
            profile=profile, actor_role=role, is_first_contact=first, channel=channel,
            purpose=purpose,
        )  # fmt: skip
    checked, blocked = 0, False
    for place, message in _messages(text, file):
        checked += 1
        try:
            findings = check_wording(
                message, language=language, context=context, allowed_links=allow or ()
            )
        except WordingDataError as error:
            _refuse(error.message, error.hint)
        for finding in findings:
            _print(place, finding)
        blocked |= any(finding.severity is Severity.BLOCK for finding in findings)
    if checked == 0:
        _refuse("There is no text in it.", "Give a text, or a file with one message per line.")
    if blocked:
        raise typer.Exit(BLOCKED)
    out.print("Nothing here blocks." if checked == 1 else f"Nothing blocks in {checked} messages.")


def _messages(text: str | None, file: Path | None) -> Iterator[tuple[str, str]]:
    if (text is None) == (file is None):
        _refuse("One text is expected.", 'Write: tideover wording check "text", or --file FILE.')
    if text is not None:
        if text.strip():
            yield "", text
        return
    if file is None:
        return
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        _refuse(f"{file} cannot be read.", "Give the path of a UTF-8 text file.")
    yield from (
        (f"{file}:{number}: ", line) for number, line in enumerate(lines, 1) if line.strip()
    )


def _print(place: str, finding: Finding) -> None:
    colour = "red" if finding.severity is Severity.BLOCK else "yellow"
    where = f' "{finding.matched}"' if finding.matched else ""
    head = f"{place}{finding.severity} {finding.category}{where}"
    out.print(f"[bold {colour}]{escape(head)}[/]")
    for words in (finding.reason, finding.suggestion):
        out.print(f"  {escape(words.en)}\n  {escape(words.zh)}")


def _refuse(message: str, hint: str) -> NoReturn:
    err.print(f"[bold red]Error:[/] {escape(message)}")
    err.print(f"[bold]Do:[/] {escape(hint)}")
    raise typer.Exit(UNREADABLE)

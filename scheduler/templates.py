"""Turn a decided reminder into words: for a chat, an SMS or an e-mail, in the borrower's language.

The texts are in scheduler/texts, one file for each language. Every text gets the lines that the law
and the house ask for (compliance/disclosures.py, required_disclosures), in the same language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.formats import Formats, hours_in
from bot.languages import ENGLISH, LANGUAGES
from bot.messages import CHATS, Button, Channel, Content
from compliance.disclosures import (
    DISPUTE,
    FIRST_COLLECTOR,
    LATER_COLLECTOR,
    required_disclosures,
)
from compliance.yaml_lines import Entry, WordingDataError, read_yaml
from lending.accounts import Account, Borrower
from scheduler.decide import Remind
from scheduler.email_page import email_page
from scheduler.errors import BadTemplate
from scheduler.sms import to_sms

TEXT_FOLDER = Path(__file__).resolve().parent / "texts"

VALUES = frozenset({"name", "lender", "amount", "day", "account"})
"""What a template may ask for."""

_VARIABLE = re.compile(r"{(\w+)}")
_LINES = frozenset(
    [
        "person",
        "stop",
        "stop_email",
        "dispute",
        "us_18e1",
        "us_18e2",
        "phone",
        "sms_end",
        "sms_dispute",
        "pay",
    ]
)
_BUTTONS = frozenset(["pay", "paid", "time", "help", "person", "email_pay"])
_DUE_CHOICES = (
    ("pay", "/make_payment"),
    ("paid", "/report_paid"),
    ("time", "/promise_to_pay"),
    ("help", "/request_hardship_plan"),
    ("person", "/talk_to_human"),
)
_BEFORE_CHOICES = tuple(choice for choice in _DUE_CHOICES if choice[0] != "help")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    subject: str
    text: str
    sms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """All texts of one language."""

    lines: Mapping[str, str]
    buttons: Mapping[str, str]
    templates: Mapping[str, Template]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes, as borrowers read it. `stop_url` of an e-mail comes with each message."""

    name: str
    team_hours: str = ""
    phone: str | None = None
    pay_url: str | None = None
    chat_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Where a text goes, and what the law asks of it. `profile`, `phase`, `actor_role` as in the
    contact rules; `is_first`: nothing was sent to the borrower lately."""

    channel: Channel
    profile: str
    phase: str
    actor_role: str
    is_first: bool
    stop_url: str | None = None


@cache
def load_wording(language: str, folder: Path = TEXT_FOLDER) -> Wording:
    """The texts of a language. Raises BadTemplate naming file and line."""
    try:
        return _wording(read_yaml(folder / f"{language}.yml"))
    except WordingDataError as error:
        raise BadTemplate(error.message, hint=error.hint) from error


@cache
def template_names() -> frozenset[str]:
    return frozenset(load_wording(ENGLISH).templates)


def render(
    remind: Remind, *, borrower: Borrower, account: Account, sender: Sender, occasion: Occasion
) -> Content:
    """The message. Raises BadTemplate for a text that is missing or asks for an unknown value."""
    language = borrower.language if borrower.language in LANGUAGES else ENGLISH
    wording = load_wording(language)
    template = wording.templates.get(remind.step.template)
    if template is None:
        raise BadTemplate(
            f"There is no text {remind.step.template} in {language}.",
            hint=f"Add it to scheduler/texts/{language}.yml.",
        )
    formats = Formats(language, borrower.country, remind.position.as_of)
    values = {
        "name": borrower.called(language),
        "lender": sender.name,
        "amount": formats.money(remind.amount),
        "day": formats.day(remind.due_on),
        "account": masked(account.reference),
    }
    needed = required_disclosures(
        profile=occasion.profile,
        phase=occasion.phase,
        actor_role=occasion.actor_role,
        is_first=occasion.is_first,
        channel="chat" if occasion.channel in CHATS else occasion.channel.value,
        purpose="reminder",
    )
    legal = [code for code in (DISPUTE, FIRST_COLLECTOR, LATER_COLLECTOR) if code in needed]
    if occasion.channel is Channel.SMS:
        return Content(text=to_sms(_sms(template, wording, values, legal)))
    if occasion.channel is Channel.EMAIL:
        return _email(template, wording, values, legal, sender, occasion, language)
    return _chat(template, wording, values, legal, remind, sender)


def _chat(
    template: Template,
    wording: Wording,
    values: Mapping[str, str],
    legal: list[str],
    remind: Remind,
    sender: Sender,
) -> Content:
    lines = [wording.lines[code] for code in legal]
    lines += [wording.lines["person"], wording.lines["stop"]]
    body = fill(template.text, values)
    choices = _DUE_CHOICES if remind.is_late else _BEFORE_CHOICES
    buttons = tuple(
        Button(label=wording.buttons[name], payload=payload) for name, payload in choices
    )
    joiner = " " if body.isascii() or " " in body.split("。")[0] else ""
    return Content(text=f"{body}\n\n{joiner.join(lines)}", buttons=buttons)


def _sms(template: Template, wording: Wording, values: Mapping[str, str], legal: list[str]) -> str:
    body = fill(template.sms, values)
    collector = [wording.lines[code] for code in legal if code != DISPUTE]
    dispute = [wording.lines["sms_dispute"]] if DISPUTE in legal else []
    joiner = " " if "【" not in body else ""
    return joiner.join([body, *collector, *dispute, wording.lines["sms_end"]])


def _email(
    template: Template,
    wording: Wording,
    values: Mapping[str, str],
    legal: list[str],
    sender: Sender,
    occasion: Occasion,
    language: str,
) -> Content:
    if occasion.stop_url is None:
        raise BadTemplate("An e-mail needs a way to stop.", hint="Pass the link that stops them.")
    body = fill(template.text, values)
    small = [wording.lines[code] for code in legal]
    small.append(wording.lines["person"])
    if sender.phone:
        hours = hours_in(sender.team_hours, language)
        small.append(fill(wording.lines["phone"], {"phone": sender.phone, "hours": hours}))
    link = sender.pay_url or sender.chat_url
    pay = [fill(wording.lines["pay"], {"pay_url": link})] if link else []
    stop = fill(wording.lines["stop_email"], {"stop_url": occasion.stop_url})
    subject = f"{sender.name}: {fill(template.subject, values)}"
    return Content(
        text="\n\n".join([body, *pay, "\n".join(small), stop]),
        subject=subject,
        stop_url=occasion.stop_url,
        html=email_page(
            subject=subject,
            lender=sender.name,
            language=language,
            body=body,
            pay_label=wording.buttons["email_pay"],
            pay_url=link,
            small=small,
            stop=stop.replace(occasion.stop_url, "").strip(" ：:"),
            stop_url=occasion.stop_url,
        ),
    )


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in. Raises BadTemplate for one that is asked for and not there."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match.group(1))
        if not found:
            raise BadTemplate(
                f"A text asks for {match.group(1)}, which is not there.",
                hint=f"Known are: {', '.join(sorted(values))}.",
            )
        return found

    return _VARIABLE.sub(value, text)


def masked(reference: str) -> str:
    """The end of an account's reference, up to four characters: enough to know it by."""
    last = re.split(r"[^0-9A-Za-z]+", reference.strip())[-1] or reference
    return last[-4:]


def _wording(file: Entry) -> Wording:
    fields = file.fields({"lines", "buttons", "templates"})
    lines = fields["lines"].fields(_LINES)
    buttons = fields["buttons"].fields(_BUTTONS)
    return Wording(
        lines={name: entry.text() for name, entry in lines.items()},
        buttons={name: entry.text() for name, entry in buttons.items()},
        templates={name: _template(entry) for name, entry in fields["templates"].pairs()},
    )


def _template(entry: Entry) -> Template:
    fields = entry.fields({"subject", "text", "sms"})
    for field in fields.values():
        unknown = set(_VARIABLE.findall(field.text())) - VALUES
        if unknown:
            raise field.wrong(
                f"{{{sorted(unknown)[0]}}} is not known here.",
                hint=f"Known are: {', '.join(sorted(VALUES))}.",
            )
    return Template(**{name: field.text() for name, field in fields.items()})

"""Put a message that wants to leave to the contact rules: who, where, about what, after what. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.batch_ports import Known
from bot.contact_records import state_of
from bot.conversation import Conversation
from bot.messages import CHATS, Author
from bot.messages import Channel as Way
from compliance.attempt import Attempt, Content
from compliance.disclosures import load_disclosures, says
from compliance.events import Event
from compliance.facts import BorrowerState, Debt, Facts
from compliance.folding import fold
from compliance.question import STRICT, Question
from compliance.terms import (
    ActorRole,
    AddressKind,
    Channel,
    DebtKind,
    InitiatedBy,
    Intent,
    Phase,
    Purpose,
)
from compliance.wording import BANNED_CATEGORIES, Severity, check_wording
from lending.account_file import AccountFile
from lending.accounts import AccountStatus, Product
from lending.dates import local_day
from lending.position import position_of

HISTORY = timedelta(days=15)
"""How far back contacts can count: the longest rule looks at seven dates."""

SAME_ANSWER = timedelta(minutes=10)
"""Parts of one answer come within this time; together they answer the borrower once."""

TALK = timedelta(hours=8)
"""Who asked for a person is answered in parts, while a colleague looks into it: a working day."""

DEFAULT_AFTER_DAYS = 90
"""Days past due from which a debt counts as seriously late."""

MEDIA = {way: Channel.CHAT if way in CHATS else Channel(way.value) for way in Way}
"""What the rules call each of our channels."""

_OF_THE_CHAT = frozenset({"identity", "purpose", "opt_out"})
"""What every chat shows beside its messages: the lender's name, the welcome, the way to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lender:
    """Who writes, in the eyes of the rules."""

    role: ActorRole = ActorRole.CREDITOR
    follows_collector_rules: bool = True
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What wants to leave: its text, why, and the borrower's message that it answers.

    `in_talk`: a person of the lender says it, or it says that a person comes or goes.
    `debts` are the references of the accounts that it is about; none stands for all of them.
    """

    text: str
    author: Author
    purpose: Purpose
    answers: str | None
    at: datetime
    in_talk: bool = False
    debts: tuple[str, ...] = ()


def question(
    message: Message, conversation: Conversation, known: Known, lender: Lender
) -> Question:
    """The question for the gate. An unknown borrower is judged by the strictest rules."""
    borrower = known.borrower
    profile = borrower.jurisdiction.lower() if borrower else STRICT
    if message.purpose is Purpose.TERMINATION_NOTICE and not profile.startswith("us"):
        # Only US law names it (12 CFR 1006.6(c)(2)(i)); elsewhere it confirms an opt-out.
        message = replace(message, purpose=Purpose.OPT_OUT_CONFIRMATION)
    zone = borrower.timezone if borrower else lender.timezone
    debts = debts_of(known, local_day(message.at, zone))
    return Question(
        attempt=_attempt(message, conversation, known),
        facts=Facts(
            timezone=zone,
            possible_timezones=(zone,),
            phase=phase_of(debts),
            actor_role=lender.role,
            creditor_follows_collector_rules=lender.follows_collector_rules,
            debts=debts,
            state=_kept_plan_only(
                state_of(
                    files=known.files,
                    wishes=known.wishes,
                    stopped=known.opted_out_at,
                    medium=MEDIA[conversation.channel],
                    now=message.at,
                    zone=zone,
                ),
                debts,
            ),
        ),
        events=tuple(
            _as_asked(event, message) for event in known.events if not _is_part_of(message, event)
        ),
        profile=profile,
    )


def _attempt(message: Message, conversation: Conversation, known: Known) -> Attempt:
    is_answer = message.answers is not None
    return Attempt(
        at=message.at,
        channel=MEDIA[conversation.channel],
        purpose=message.purpose,
        debt_ids=message.debts,
        address_id=conversation.id,  # an address has one conversation, and the id tells less
        address_kind=(
            AddressKind.PERSONAL if conversation.is_private else AddressKind.GROUP_OR_PUBLIC
        ),
        automated=message.author is Author.BOT,
        initiated_by=InitiatedBy.REPLY_TO_BORROWER if is_answer else InitiatedBy.LENDER,
        reply_to=message.answers,
        is_initial_communication=is_first(known),
        content=Content(
            language=conversation.language,
            includes=_includes(message.text, is_answer=is_answer),
            categories=_banned(message.text),
        ),
    )


def is_first(known: Known) -> bool:
    """Whether nothing was sent to the borrower as far as contacts can count."""
    return not any(not event.is_inbound for event in known.events)


def _includes(text: str, *, is_answer: bool) -> frozenset[str]:
    """An answer stands in a chat that shows who writes and how to stop; else the text must say it."""
    folded = fold(text).text
    said = frozenset(
        code for code in load_disclosures() if says(folded, code, language=None, lender="")
    )
    return said | _OF_THE_CHAT if is_answer else said


def _banned(text: str) -> frozenset[str]:
    found = check_wording(text)
    return frozenset(
        finding.category
        for finding in found
        if finding.severity is Severity.BLOCK and finding.category in BANNED_CATEGORIES
    )


def _is_part_of(message: Message, event: Event) -> bool:
    is_answer = message.answers is not None and event.reply_to == message.answers
    return is_answer and message.at - event.at <= (TALK if message.in_talk else SAME_ANSWER)


def _as_asked(event: Event, message: Message) -> Event:
    """The message that an opt-out confirmation answers was one, in whatever words.

    A channel's clock can run ahead of ours: what is here has happened.
    """
    event = replace(event, at=min(event.at, message.at))
    confirms = message.purpose is Purpose.OPT_OUT_CONFIRMATION
    if confirms and event.id == message.answers and event.is_inbound:
        return replace(event, intent=Intent.STOP_CHANNEL)
    return event


def _kept_plan_only(state: BorrowerState, debts: Sequence[Debt]) -> BorrowerState:
    """A plan under which something is late is not being kept."""
    plan = state.payment_plan
    if plan is None or not any(d.days_past_due and d.id in plan.debt_ids for d in debts):
        return state
    return replace(state, payment_plan=replace(plan, status="missed"))


def debts_of(known: Known, today: date) -> tuple[Debt, ...]:
    """The debts that are not settled, as they stand on a local day."""
    return tuple(_debt(file, today) for file in known.files if _is_open(file))


def _is_open(file: AccountFile) -> bool:
    return file.account.status is not AccountStatus.SETTLED


def _debt(file: AccountFile, today: date) -> Debt:
    is_card = file.account.product is Product.CREDIT_CARD
    return Debt(
        id=file.account.reference,
        kind=DebtKind.CREDIT_CARD if is_card else DebtKind.CONSUMER_LOAN,
        days_past_due=position_of(file, today).days_past_due,
    )


def phase_of(debts: Sequence[Debt]) -> Phase:
    """The phase of the latest debt."""
    latest = max((debt.days_past_due for debt in debts), default=0)
    if latest >= DEFAULT_AFTER_DAYS:
        return Phase.DEFAULT
    return Phase.POST_DUE if latest else Phase.PRE_DUE

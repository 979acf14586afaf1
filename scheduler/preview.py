"""What would go out in the next days, and what would be held back and why, as things stand now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from bot.batch_ports import Known
from bot.contact_case import HISTORY, Message, debts_of, is_first, phase_of, question
from bot.conversation import Conversation, Identity, IdentityStage
from bot.messages import Author, Channel, Content
from bot.ports import UnitOfWork
from bot.reminder_ports import SentStep
from compliance.profile import Profile
from compliance.question import answer
from compliance.terms import Effect, Purpose
from lending.account_file import AccountFile
from lending.accounts import Borrower
from lending.dates import local_day
from lending.ids import ConversationId
from scheduler.decide import Never, Remind, ReminderCase, Wait, decide_reminder
from scheduler.errors import BadTemplate
from scheduler.reminder_errand import House, borrower_case
from scheduler.routes import Route, routes_for, why_no_route
from scheduler.strategy import Step
from scheduler.templates import Occasion, render

_STOP_URL = "https://…/stop"


AWAITS_APPROVAL, TEMPLATE, RULES = "awaits approval", "template", "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Why a message does not go out.

    `reason` is a code of `scheduler.decide` (`with_person`, `hold:dispute`), a text of
    `scheduler.routes`, AWAITS_APPROVAL, TEMPLATE (it cannot be filled in: `detail`) or RULES: then
    `rules` objected on `channel`. `until` is when it is looked at again, if that is known.
    """

    reason: str
    channel: Channel | None = None
    rules: tuple[str, ...] = ()
    until: datetime | None = None
    detail: str = ""

    @property
    def cause(self) -> HeldBack:
        """The same without its time: what is counted together."""
        return replace(self, until=None)

    def __str__(self) -> str:
        if self.reason == TEMPLATE:
            return self.detail
        if not self.rules:
            return self.reason
        said = f"{self.channel}: {', '.join(self.rules)}"
        return said if self.until is None else f"{said} until {self.until:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One day of one account: a message, or the reason why there is none.

    `at` is of the borrower's zone. `channel` and `content` only for what would go out.
    """

    reference: str
    at: datetime
    due_on: date
    step: str
    offset_days: int
    channel: Channel | None = None
    content: Content | None = None
    held_back: HeldBack | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    chats: tuple[Conversation, ...]
    routes: Callable[[Step], tuple[Route, ...]]
    known: Callable[[Route], Known]
    why_none: Callable[[Step], HeldBack]


def preview(
    uow: UnitOfWork,
    file: AccountFile,
    *,
    house: House,
    profiles: Callable[[str], Profile],
    now: datetime,
    days: int,
    running: frozenset[Channel] | None = None,
) -> Iterator[Foreseen]:
    """Day by day, each as if nothing happened but what goes out here. Keeps nothing."""
    borrower = uow.borrowers.get(file.account.borrower_id)
    case = borrower_case(uow, borrower, file, house)
    ways = _ways(uow, borrower, now, running)
    today = local_day(now, borrower.timezone)
    sent: list[SentStep] = list(case.sent)
    told: tuple[str, HeldBack] | None = None
    next_step_on = today
    for offset in range(days):
        day = today + timedelta(days=offset)
        if day < next_step_on:
            continue
        at = house.strategy.slot(day, borrower, file.account.id, case.habit)
        if at < now:
            if offset or not house.strategy.is_open(now.astimezone(at.tzinfo)):
                continue
            at = now.astimezone(at.tzinfo)
        found = _on_day(file, _with(case, sent), ways, house, profiles, at)
        if isinstance(found, date):
            next_step_on = found
            continue
        if found is None:
            continue
        if found.held_back is None:
            sent.append(
                SentStep(
                    account_id=file.account.id,
                    due_on=found.due_on,
                    offset_days=found.offset_days,
                    at=at,
                )
            )
        why = (found.step, found.held_back.cause) if found.held_back else None
        if why is not None and told == why:
            continue  # the same reason for the same step is said once
        told = why
        yield found


def _with(case: ReminderCase, sent: list[SentStep]) -> ReminderCase:
    return replace(case, sent=tuple(sent))


def _on_day(
    file: AccountFile,
    case: ReminderCase,
    ways: _Ways,
    house: House,
    profiles: Callable[[str], Profile],
    at: datetime,
) -> Foreseen | date | None:
    """What happens; the day of the next step if nothing can before it; None if nothing does."""
    verdict = decide_reminder(case, house.strategy, at)
    if isinstance(verdict, Never) or verdict.step is None or verdict.due_on is None:
        return None
    day = Foreseen(
        reference=file.account.reference,
        at=at,
        due_on=verdict.due_on,
        step=verdict.step.name,
        offset_days=verdict.step.offset_days,
    )
    if isinstance(verdict, Wait):
        if verdict.reason == "not_yet":
            return verdict.until.astimezone(at.tzinfo).date()
        return replace(day, held_back=HeldBack(reason=verdict.reason, until=verdict.until))
    if verdict.step.needs_approval:
        return replace(day, held_back=HeldBack(reason=AWAITS_APPROVAL))
    return _by_the_ways(day, verdict, case, ways, house, profiles)


def _by_the_ways(
    day: Foreseen,
    remind: Remind,
    case: ReminderCase,
    ways: _Ways,
    house: House,
    profiles: Callable[[str], Profile],
) -> Foreseen:
    """The first way that is open; else why the last one is not."""
    why = ways.why_none(remind.step)
    for route in ways.routes(remind.step):
        known = ways.known(route)
        try:
            content = _content(remind, route, known, case, house, day.at)
        except BadTemplate as error:
            return replace(day, held_back=HeldBack(reason=TEMPLATE, detail=error.message))
        refusal = _refusal(content, route, known, case.file, house, profiles, day.at)
        if refusal is None:
            return replace(day, channel=route.channel, content=content)
        why = refusal
    return replace(day, held_back=why)


def _content(
    remind: Remind, route: Route, known: Known, case: ReminderCase, house: House, at: datetime
) -> Content:
    borrower = case.borrower
    return render(
        remind,
        borrower=borrower,
        account=case.file.account,
        sender=house.sender,
        occasion=Occasion(
            channel=route.channel,
            profile=borrower.jurisdiction,
            phase=phase_of(debts_of(known, local_day(at, borrower.timezone))).value,
            actor_role=house.lender.role.value,
            is_first=is_first(known),
            stop_url=house.stop_url(route.address) if house.stop_url else _STOP_URL,
        ),
    )


def _refusal(
    content: Content,
    route: Route,
    known: Known,
    file: AccountFile,
    house: House,
    profiles: Callable[[str], Profile],
    at: datetime,
) -> HeldBack | None:
    message = Message(
        text=content.text,
        author=Author.BOT,
        purpose=Purpose.REMINDER,
        answers=None,
        at=at,
        debts=(file.account.reference,),
    )
    chat = route.conversation or _new_chat(route, file, at)
    decision = answer(question(message, chat, known, house.lender), profiles).decision
    if decision.allowed:
        return None
    until = decision.until if decision.effect is Effect.DELAY else None
    return HeldBack(reason=RULES, channel=route.channel, rules=decision.rules, until=until)


def _new_chat(route: Route, file: AccountFile, at: datetime) -> Conversation:
    return Conversation(
        id=ConversationId(str(uuid4())),
        channel=route.channel,
        address=route.address,
        is_private=True,
        language="en",
        language_chosen=False,
        identity=Identity(stage=IdentityStage.LINKED, borrower_id=file.account.borrower_id),
        opened_at=at,
    )


def _ways(
    uow: UnitOfWork, borrower: Borrower, now: datetime, running: frozenset[Channel] | None
) -> _Ways:
    chats = uow.conversations.of_borrower(borrower.id)
    points = uow.reminders.points_of([borrower.id])[borrower.id]
    files = uow.accounts.files_of(borrower.id)
    wishes = uow.wishes.of_borrower(borrower.id)

    def channels(step: Step) -> tuple[Channel, ...]:
        return tuple(c for c in step.channels if running is None or c in running)

    def known(route: Route) -> Known:
        chat = route.conversation
        return Known(
            borrower=borrower,
            files=files,
            wishes=wishes,
            events=uow.contacts.events(
                conversation_id=chat.id if chat else ConversationId(""),
                borrower_id=borrower.id,
                answers=None,
                since=now - HISTORY,
            ),
            opted_out_at=uow.contacts.opted_out_at(route.channel, route.address, borrower.id),
        )

    return _Ways(
        chats=chats,
        routes=lambda step: routes_for(channels(step), chats, points),
        known=known,
        why_none=lambda step: HeldBack(reason=why_no_route(channels(step), chats, points)),
    )

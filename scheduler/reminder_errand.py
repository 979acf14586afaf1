"""One planned reminder on its way through the outbox: looked at again under lock, then written.

Reminders leave in rounds (`ReminderRound`): what each depends on is read for all at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from bot.batch_ports import Known
from bot.contact_case import Lender, debts_of, is_first, phase_of
from bot.conversation import Conversation
from bot.drafts import Delivery, Draft
from bot.handover import Owner
from bot.messages import Author
from bot.ports import UnitOfWork
from bot.reminder_ports import Background, NewReminder, Reminder, ReminderState
from compliance.question import Answer
from compliance.terms import Effect, Purpose
from lending.account_file import AccountFile
from lending.accounts import Borrower
from lending.dates import local_day
from lending.derived_holds import FeedAge
from lending.ids import BorrowerId, ConversationId, MessageId
from scheduler.decide import Never, Remind, ReminderCase, Verdict, Wait, decide_reminder
from scheduler.errors import BadTemplate
from scheduler.strategy import Strategy
from scheduler.templates import Occasion, Sender, render

SENDING_LEASE = timedelta(minutes=10)
"""How long a message may be in a channel's hands before it counts as unconfirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every reminder of a lender has in common.

    `feed`: the name of the feed that brings payments and how long it may be silent; None watches
    none. `stop_url` makes the link of an e-mail that stops them, for an address.
    """

    strategy: Strategy
    sender: Sender
    lender: Lender
    feed: tuple[str, timedelta] | None = None
    stop_url: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a reminder depends on beside the account, as it is kept now."""

    chats: Sequence[Conversation]
    background: Background
    feed: FeedAge | None

    def case(self, borrower: Borrower, file: AccountFile) -> ReminderCase:
        chats = self.chats
        with_person = any(chat.control.owner in (Owner.HUMAN, Owner.QUEUED) for chat in chats)
        return ReminderCase(
            borrower=borrower,
            file=file,
            sent=self.background.sent,
            feed=self.feed,
            with_person=with_person or self.background.has_open_escalation,
            habit=self.background.habit,
            wrote_at=max((c.last_inbound_at for c in chats if c.last_inbound_at), default=None),
        )


@dataclass(slots=True, kw_only=True, eq=False)
class ReminderErrand:
    """Implements `bot.drafts.Errand`. `has_next`: another channel can be tried after this one.

    `place`: when the channel may have it. `standing` is read by its round, under lock.
    """

    house: House
    reminder: Reminder
    conversation_id: ConversationId
    has_next: bool
    place: datetime | None = None
    standing: Standing | None = field(default=None)
    verdict: Verdict | None = field(default=None)
    answer: Answer | None = field(default=None)

    def __repr__(self) -> str:
        return f"reminder {self.reminder.id}"

    def draft(
        self, uow: UnitOfWork, conversation: Conversation, known: Known, now: datetime
    ) -> Draft | None:
        case = self._case(known)
        if case is None:
            self._settle(uow, ReminderState.DEAD, now, "the account is not theirs")
            return None
        self.verdict = decide_reminder(case, self.house.strategy, now)
        remind = self._wanted(uow, case.borrower, now)
        if remind is None:
            return None
        try:
            return self._written(remind, conversation, known, case, now)
        except BadTemplate as error:
            self._settle(uow, ReminderState.DEAD, now, f"text: {error.message}")
            return None

    def judged(
        self, uow: UnitOfWork, given: Answer, message_id: MessageId | None, now: datetime
    ) -> None:
        self.answer = given
        decision = given.decision
        rules = ",".join(decision.rules)
        if message_id is not None:
            uow.reminders.settle(
                self.reminder.id,
                ReminderState.SENDING,
                now=now,
                message_id=message_id,
                claimed_until=now + SENDING_LEASE,
            )
        elif decision.effect is Effect.DELAY and decision.until is not None:
            self._postpone(uow, decision.until, f"rules:{rules}", now)
        elif decision.alert is not None:
            # The rules themselves are broken: nothing is lost, it waits until they are mended.
            self._postpone(uow, now + timedelta(hours=1), f"rules:{rules}", now)
        elif not self.has_next:
            self._settle(uow, ReminderState.BLOCKED, now, f"rules:{rules}")

    def settled(self, uow: UnitOfWork, delivery: Delivery, now: datetime) -> None:
        failure = delivery.failure
        if failure is None:
            self._settle(uow, ReminderState.SENT, now, None)
        elif failure.uncertain:
            self._settle(uow, ReminderState.UNCONFIRMED, now, failure.message)
        elif failure.permanent:
            self._settle(uow, ReminderState.FAILED, now, failure.message)
            self._plan_next_channel(uow, now)
        elif failure.retry_after is not None:
            wait = timedelta(seconds=failure.retry_after)
            self._postpone(uow, now + wait, "the channel asked to wait", now)
        else:
            self._try_later(uow, now, failure.message)

    def broken(self, uow: UnitOfWork, why: str, now: datetime) -> None:
        self._try_later(uow, now, f"could not be written: {why}")

    def _case(self, known: Known) -> ReminderCase | None:
        """None when account and borrower do not fit."""
        file = next((f for f in known.files if f.account.id == self.reminder.account_id), None)
        if file is None or known.borrower is None or self.standing is None:
            return None
        return self.standing.case(known.borrower, file)

    def _wanted(self, uow: UnitOfWork, borrower: Borrower, now: datetime) -> Remind | None:
        """The decision, if it is to send this very step; else what becomes of the row."""
        verdict, row = self.verdict, self.reminder
        match verdict:
            case Remind(due_on=due_on) | Wait(due_on=due_on) if due_on != row.due_on:
                # Paid, or moved, or something older came up: this due date is not the one.
                self._settle(uow, ReminderState.CANCELLED, now, "not_the_oldest_due")
                if isinstance(verdict, Remind):
                    self._plan_instead(uow, verdict, borrower, now)
            case Remind(step=step) if step.name != row.step:
                self._settle(uow, ReminderState.SUPERSEDED, now, f"now is {step.name}")
                self._plan_instead(uow, verdict, borrower, now)
            case Remind(step=step) if step.needs_approval and row.approved_by is None:
                self._settle(uow, ReminderState.AWAITING, now, "awaits approval")
            case Remind():
                return verdict
            case Wait(step=step) as wait if step is not None and step.name == row.step:
                self._postpone(uow, wait.until, wait.reason, now)
            case Wait(reason=reason):
                self._settle(uow, ReminderState.SUPERSEDED, now, reason)
            case Never(reason="sent"):
                self._settle(uow, ReminderState.SUPERSEDED, now, "sent")
            case Never(reason=reason):
                self._settle(uow, ReminderState.CANCELLED, now, reason)
            case None:
                raise AssertionError("decided before")
        return None

    def _written(
        self,
        remind: Remind,
        conversation: Conversation,
        known: Known,
        case: ReminderCase,
        now: datetime,
    ) -> Draft:
        borrower = case.borrower
        stop_url = self.house.stop_url
        occasion = Occasion(
            channel=conversation.channel,
            profile=borrower.jurisdiction,
            phase=phase_of(debts_of(known, local_day(now, borrower.timezone))).value,
            actor_role=self.house.lender.role.value,
            is_first=is_first(known),
            stop_url=stop_url(conversation.address) if stop_url else None,
        )
        account = case.file.account
        return Draft(
            conversation_id=conversation.id,
            author=Author.BOT,
            epoch=conversation.control.epoch,
            content=render(
                remind,
                borrower=borrower,
                account=account,
                sender=self.house.sender,
                occasion=occasion,
            ),
            answers=None,
            language=borrower.language,
            purpose=Purpose.REMINDER,
            debts=(account.reference,),
        )

    def _plan_instead(
        self, uow: UnitOfWork, remind: Remind, borrower: Borrower, now: datetime
    ) -> None:
        """What should go out now, if nobody planned it yet: a due date moved meanwhile."""
        uow.reminders.plan(
            replace(
                self._like_this(now, local_day(now, borrower.timezone)),
                due_on=remind.due_on,
                version=remind.version,
                number=remind.number,
                step=remind.step.name,
                offset_days=remind.step.offset_days,
                attempt=1,
                awaits_approval=remind.step.needs_approval,
            ),
            now,
        )

    def _plan_next_channel(self, uow: UnitOfWork, now: datetime) -> None:
        row = self.reminder
        uow.reminders.plan(
            replace(self._like_this(now, row.local_day), attempt=row.attempt + 1), now
        )

    def _like_this(self, now: datetime, day: date) -> NewReminder:
        row = self.reminder
        return NewReminder(
            account_id=row.account_id,
            borrower_id=row.borrower_id,
            due_on=row.due_on,
            version=row.version,
            number=row.number,
            step=row.step,
            offset_days=row.offset_days,
            attempt=row.attempt,
            strategy=self.house.strategy.label,
            local_day=day,
            send_at=now,
        )

    def _try_later(self, uow: UnitOfWork, now: datetime, why: str) -> None:
        tries = self.reminder.tries + 1
        if tries >= self.house.strategy.max_tries:
            self._settle(uow, ReminderState.DEAD, now, f"{tries} tries: {why}")
            return
        pause = timedelta(minutes=2**tries)
        uow.reminders.postpone(self.reminder.id, to=now + pause, reason=why, now=now, tries=tries)

    def _postpone(self, uow: UnitOfWork, to: datetime, reason: str, now: datetime) -> None:
        # Never at once again: a claim that changes nothing would be repeated without end.
        later = max(to, now + timedelta(seconds=30))
        uow.reminders.postpone(
            self.reminder.id, to=later, reason=reason, now=now, tries=self.reminder.tries
        )

    def _settle(
        self, uow: UnitOfWork, state: ReminderState, now: datetime, reason: str | None
    ) -> None:
        uow.reminders.settle(self.reminder.id, state, now=now, reason=reason)


@dataclass(slots=True, kw_only=True)
class ReminderRound:
    """Implements `bot.drafts.Round`. `worker`: the claim; `wait` returns when an instant has come."""

    errands: Sequence[ReminderErrand]
    house: House
    worker: str
    wait: Callable[[datetime], Awaitable[None]]

    def begin(self, uow: UnitOfWork, now: datetime) -> Collection[ReminderErrand]:
        held = uow.reminders.hold_claims([one.reminder.id for one in self.errands], self.worker)
        wanted = [one for one in self.errands if one.reminder.id in held]
        uow.reminders.lock_accounts({one.reminder.account_id for one in wanted})
        standings = standings_of(uow, {one.reminder.borrower_id for one in wanted}, self.house)
        for one in wanted:
            one.standing = standings[one.reminder.borrower_id]
        return wanted

    async def ready(self, errand: ReminderErrand) -> None:
        if errand.place is not None:
            await self.wait(errand.place)


def standings_of(
    uow: UnitOfWork, borrowers: Collection[BorrowerId], house: House
) -> Mapping[BorrowerId, Standing]:
    """Of several borrowers; each has an entry."""
    if not borrowers:
        return {}
    chats = uow.batches.chats_of(borrowers)
    backgrounds = uow.reminders.background(borrowers)
    feed = feed_age(uow, house)
    return {
        one: Standing(chats=chats[one], background=backgrounds[one], feed=feed) for one in borrowers
    }


def borrower_case(
    uow: UnitOfWork, borrower: Borrower, file: AccountFile, house: House
) -> ReminderCase:
    """All that the decision needs of one account, as it is kept now."""
    return standings_of(uow, {borrower.id}, house)[borrower.id].case(borrower, file)


def feed_age(uow: UnitOfWork, house: House) -> FeedAge | None:
    """How old the feed of payments is; one that never came counts as silent for ever."""
    if house.feed is None:
        return None
    name, limit = house.feed
    watermark = uow.reminders.feed_watermark(name)
    return FeedAge(watermark=watermark or datetime(2000, 1, 1, tzinfo=UTC), limit=limit)

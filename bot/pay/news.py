"""Tell borrowers once what became of their payments and claims, through the one way out.

Figures are for the verified borrower. Where the chat is not verified any more, the message says
only that there is news, and its button leads there. What the contact rules do not allow now stays
and is tried again, less and less often.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog

from bot.contact_case import SAME_ANSWER
from bot.conversation import Conversation
from bot.formats import Formats
from bot.handover import Owner
from bot.messages import CHATS, Author, Content
from bot.outbox import Draft, Outbox, SendOutcome
from bot.plan_words import Speech
from bot.ports import Clock, Store, UnitOfWork
from bot.texts import Texts
from lending.account_file import AccountFile
from lending.accounts import AccountStatus, PaymentStatus
from lending.dates import local_day
from lending.ids import MessageId
from lending.money import Money
from lending.pay_ports import News, NewsKind
from lending.position import Position, position_agreed
from lending.promise_states import PromiseState, promise_states

log = structlog.get_logger(__name__)

_AT_ONCE = 50
_FIRST_PAUSE = timedelta(minutes=2)
_LONGEST_PAUSE = timedelta(hours=6)
MOST_TRIES = 30
"""About a week; then it is left at that, and the payment stands in the history."""

_KEYS = {
    NewsKind.RECEIPT: "utter_pay_receipt",
    NewsKind.PENDING: "utter_pay_pending",
    NewsKind.FAILED: "utter_pay_failed",
    NewsKind.REFUNDED: "utter_pay_refunded",
    NewsKind.CLAIM_MATCHED: "utter_claim_matched",
    NewsKind.CLAIM_EXPIRED: "utter_claim_expired",
}
_WITH_BALANCE = frozenset({NewsKind.RECEIPT, NewsKind.REFUNDED, NewsKind.CLAIM_MATCHED})


class PayNews:
    """Takes what is to be told and sends it; call `tell` every few seconds."""

    def __init__(
        self, *, store: Store, outbox: Outbox, texts: Texts, clock: Clock, lender: str
    ) -> None:
        self._store, self._outbox, self._texts = store, outbox, texts
        self._clock, self._lender = clock, lender

    async def tell(self) -> int:
        """Send what is due; returns how many went out. Nothing is sent twice."""
        sent = 0
        for news in await asyncio.to_thread(self._due):
            sent += await self._tell(news)
        return sent

    async def _tell(self, news: News) -> bool:
        draft = await asyncio.to_thread(self._draft, news)
        # Claimed first: a crash may lose a message, but never sends it twice.
        if not await asyncio.to_thread(self._claim, news):
            return False
        if draft is None:
            await asyncio.to_thread(self._later, news)
            return False
        outcome = await self._outbox.send(draft)
        if outcome in (SendOutcome.BLOCKED, SendOutcome.STALE):
            await asyncio.to_thread(self._later, news)
        return outcome is SendOutcome.SENT

    def _due(self) -> tuple[News, ...]:
        with self._store.unit() as uow:
            return uow.pay.due_news(self._clock(), _AT_ONCE)

    def _claim(self, news: News) -> bool:
        with self._store.unit() as uow:
            mine = uow.pay.claim_news(news.id, self._clock())
            uow.commit()
        return mine

    def _later(self, news: News) -> None:
        if news.tries >= MOST_TRIES:
            log.info("pay.news_given_up", kind=news.kind)
            return
        pause = min(_FIRST_PAUSE * 2**news.tries, _LONGEST_PAUSE)
        with self._store.unit() as uow:
            uow.pay.give_back_news(news.id, next_try_at=self._clock() + pause)
            uow.commit()

    def _draft(self, news: News) -> Draft | None:
        """The message as things stand now; None while there is no chat to write to."""
        now = self._clock()
        with self._store.unit() as uow:
            chat = _chat_of(uow, news)
            if chat is None or chat.control.owner is Owner.HUMAN:
                return None
            file = uow.accounts.file(news.account_id)
            answers = self._answers(uow, news, chat, now)
            if chat.identity.is_verified(now):
                content = self._written(uow, news, chat, file, now)
            else:
                content = self._texts.content("utter_pay_news", chat.language)
        if answers is None:
            content = self._framed(content, chat.language)
        return Draft(
            conversation_id=chat.id,
            author=Author.BOT,
            epoch=chat.control.epoch,
            content=content,
            answers=answers,
            language=chat.language,
            debts=(file.account.reference,),
        )

    def _answers(
        self, uow: UnitOfWork, news: News, chat: Conversation, now: datetime
    ) -> MessageId | None:
        """The message in which the borrower asked to pay, while the receipt is part of its answer."""
        order = uow.pay.order(news.order_id) if news.order_id else None
        if order is None or order.asked_by is None or order.conversation_id != chat.id:
            return None
        return order.asked_by if now - order.created_at <= SAME_ANSWER else None

    def _framed(self, content: Content, language: str) -> Content:
        """What nobody asked for just now says who writes, what about, and how to stop it."""
        head = self._texts.content("utter_pay_frame_head", language, lender=self._lender).text
        tail = self._texts.content("utter_pay_frame_tail", language).text
        gap = " " if language == "en" else ""
        return replace(content, text=f"{head}{gap}{content.text}\n\n{tail}")

    def _written(
        self, uow: UnitOfWork, news: News, chat: Conversation, file: AccountFile, now: datetime
    ) -> Content:
        borrower = uow.borrowers.get(news.borrower_id)
        today = local_day(now, borrower.timezone)
        formats = Formats(chat.language, borrower.country, today)
        speech = Speech(texts=self._texts, formats=formats)
        amount = Money(int(news.data["amount_minor"] or 0), str(news.data["currency"]))
        values = {
            "amount": formats.money(amount),
            "account": speech.account(file.account),
            "day": formats.day(date.fromisoformat(str(news.data["on"]))),
        }
        if news.kind in _WITH_BALANCE:
            sentences = balance_after(speech, file, today)
            if news.kind is NewsKind.RECEIPT and _kept_one(file, today):
                sentences.append(speech.say("utter_part_pay_promise_kept"))
            values["rest"] = speech.joined(sentences)
        return self._texts.content(_KEYS[news.kind], chat.language, **values)


def balance_after(speech: Speech, file: AccountFile, today: date) -> list[str]:
    """What is open, what comes next, what the whole stands at, and what was too much."""
    position, money = position_agreed(file, today), speech.formats.money
    sentences = [_what_is_open(speech, file, position)]
    if file.account.status is AccountStatus.ACTIVE and position.payoff.minor > 0:
        sentences.append(speech.say("utter_part_pay_balance", balance=money(position.payoff)))
    over = position.credit if position.credit.minor > 0 else -position.payoff
    if over.minor > 0:
        sentences.append(speech.say("utter_part_pay_credit", amount=money(over)))
    return sentences


def _what_is_open(speech: Speech, file: AccountFile, position: Position) -> str:
    money, due = speech.formats.money, position.next_due
    if position.payoff.minor <= 0:
        return speech.say("utter_part_pay_all_clear")
    if position.is_overdue:
        return speech.say("utter_part_pay_still_open", amount=money(position.overdue))
    if due is not None and due.amount:
        day = speech.formats.day(due.due_on)
        return speech.say("utter_part_pay_next_is", amount=money(due.amount), due=day)
    return speech.say("utter_part_pay_nothing_open")


def _kept_one(file: AccountFile, today: date) -> bool:
    """Whether the newest payment brought a promise to its end."""
    settled = [p for p in file.payments if p.status is PaymentStatus.SETTLED]
    if not settled:
        return False
    newest = max(settled, key=lambda p: (p.settled_on or p.initiated_on, p.id))
    states = promise_states(file.promises, file.payments, today).values()
    return any(
        state.state is PromiseState.KEPT
        and any(portion.payment_id == newest.id for portion in state.portions)
        for state in states
    )


def _chat_of(uow: UnitOfWork, news: News) -> Conversation | None:
    """The chat where it began, while it is still the borrower's; else where they wrote last."""
    chats = [
        chat
        for chat in uow.conversations.of_borrower(news.borrower_id)
        if chat.is_private and chat.reachable and chat.channel in CHATS and not chat.merged_into
    ]
    for chat in chats:
        if chat.id == news.conversation_id:
            return chat
    return max(chats, key=lambda c: c.last_inbound_at or c.opened_at, default=None)

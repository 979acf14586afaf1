"""Things of the domain in the words of the console: wishes, reliefs, packets, transcript texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.conversation import MASK, Escalation, StoredMessage
from bot.messages import Author, Kind
from compliance.wish_records import kind_of, to_json
from compliance.wishes import KeptWish, clock_text
from console.web.labels import label
from console.web.shown import Shown
from console.web.words import Words
from lending.money import Money
from lending.reliefs import (
    ArrearsSpread,
    CardInstalments,
    Deferral,
    DueDateChange,
    FeeWaiver,
    InterestOnly,
    PaymentHoliday,
    RateCut,
    ReducedPayments,
    Relief,
    Settlement,
    TermExtension,
)


class Telling:
    """Says things in one reader's language."""

    def __init__(self, words: Words, shown: Shown) -> None:
        self._words = words
        self._shown = shown

    def wish_kind(self, kept: KeptWish) -> str:
        return kind_of(kept.said.wish)

    def wish_detail(self, kept: KeptWish) -> str:
        """The fields of a wish as words."""
        parts = []
        for name, value in to_json(kept.said.wish).items():
            if value is None:
                continue
            if name == "window":
                parts.append(
                    f"{clock_text(value['start_minute'])}–{clock_text(value['end_minute'])}"
                )
            elif name == "channel":
                parts.append(self._words.say(label(value, "channel")))
            elif isinstance(value, list):
                parts.append(", ".join(str(item) for item in value))
            else:
                parts.append(str(value))
        return " · ".join(parts)

    def relief(self, relief: Relief) -> str:
        say, share = self._words.say, self._shown.share
        match relief:
            case DueDateChange(day=day):
                return say("due on day %(n)s of the month", n=day)
            case Deferral(days=days):
                return say("next payment %(n)s days later", n=days)
            case PaymentHoliday(payments=n):
                return say("%(n)s months without payment", n=n)
            case InterestOnly(payments=n):
                return say("interest only for %(n)s payments", n=n)
            case ReducedPayments(payments=n, share_bp=bp):
                return say(
                    "%(share)s of the payment for %(n)s payments", n=n, share=share(bp / 1e4)
                )
            case TermExtension(payments=n):
                return say("%(n)s payments more", n=n)
            case ArrearsSpread(payments=n):
                return say("what is overdue over %(n)s payments", n=n)
            case RateCut(rate_bp=bp):
                return say("rate cut to %(rate)s", rate=share(bp / 1e4))
            case FeeWaiver(share_bp=bp):
                return say("%(share)s of the fees waived", share=share(bp / 1e4))
            case Settlement(share_bp=bp, payments=n):
                return say("settled with %(share)s in %(n)s payments", share=share(bp / 1e4), n=n)
            case CardInstalments(payments=n, rate_bp=bp):
                return say("%(n)s instalments at %(rate)s", n=n, rate=share(bp / 1e4))

    def packet(self, escalation: Escalation) -> list[tuple[str, str]]:
        """The hand-off packet as lines; what is empty is left out."""
        say, packet = self._words.say, escalation.packet
        lines: list[tuple[str, str]] = []

        def add(name: str, value: str) -> None:
            if value:
                lines.append((name, value))

        add(say("Identity then"), self._identity(packet))
        spoken = str(packet.get("language") or "")
        add(say("Language"), say(label(spoken, "language")) if spoken else "")
        add(say("Details"), str(packet.get("details") or ""))
        mood = str(packet.get("mood") or "")
        add(say("Mood"), say(label(mood, "mood")) if mood else "")
        add(say("Asked about"), ", ".join(self._intent(i) for i in _list(packet, "intents")))
        for account in _list(packet, "accounts"):
            add(str(account.get("reference", "")), self._account(account))
        holds = [say(label(hold.get("kind", ""), "hold")) for hold in _list(packet, "holds")]
        add(say("Holds"), ", ".join(holds))
        offers = [self._offer(offer) for offer in _list(packet, "offers")]
        add(say("Offers shown"), "; ".join(offers))
        promises = [
            f"{self._money(one.get('amount'))} · {self._day(one.get('day'))}"
            for one in _list(packet, "promises")
        ]
        add(say("Promises"), "; ".join(promises))
        wrote = [text for text in _list(packet, "wrote") if not _is_command(str(text))]
        add(say("They wrote"), " / ".join(f"“{text}”" for text in wrote))
        told = [str(text) for text in _list(packet, "told")]
        add(say("They were told"), " / ".join(f"“{text}”" for text in told))
        return lines

    def text(self, message: StoredMessage, labels: Mapping[str, str]) -> str:
        """What a message says to staff. `labels`: what the buttons so far say, by payload."""
        if message.author is not Author.BORROWER:
            return message.text
        return self.plain(message.text, labels, message.kind)

    def plain(
        self, text: str, labels: Mapping[str, str] | None = None, kind: Kind = Kind.TEXT
    ) -> str:
        """A borrower's words. Links and answers that prove identity are never shown."""
        say, labels = self._words.say, labels or {}
        if text == MASK:
            return say("[answered the question that proves who they are]")
        if not text.startswith("/"):
            return text or (say("[%(kind)s]", kind=kind.value) if kind is not Kind.TEXT else "")
        command = text.split()[0]
        if command == "/start":
            return (
                say("[opened their link]")
                if len(text) > len(command)
                else say("[started the chat]")
            )
        if text in labels:
            return f"▸ {labels[text]}"
        if command == "/language":
            return say("[changed the language]")
        if kind is Kind.BUTTON or "{" in text or text[1:].replace("_", "").isalpha():
            return say("[chose: %(what)s]", what=self._intent(text.split("{")[0].lstrip("/")))
        return text

    def _intent(self, name: object) -> str:
        return str(name).replace("_", " ")

    def _account(self, account: Mapping[str, Any]) -> str:
        say = self._words.say
        days = account.get("days_past_due") or 0
        overdue = self._money(account.get("overdue"))
        due = f"{self._money(account.get('next_amount'))} · {self._day(account.get('next_due'))}"
        late = say("not late")
        if days:
            said = say("1 day") if days == 1 else say("%(n)s days", n=days)
            late = say("%(sum)s overdue, %(days)s", sum=overdue, days=said)
        return f"{late}; {due}" if account.get("next_due") else late

    def _identity(self, packet: Mapping[str, Any]) -> str:
        """How well it was known then who wrote; one who was verified once may not be any more."""
        say, stage = self._words.say, str(packet.get("identity") or "")
        if not stage:
            return ""
        if stage == "verified" and packet.get("verified") != "yes":
            return say("Verification lapsed")
        return say(label(stage, "identity"))

    def _offer(self, offer: Mapping[str, Any]) -> str:
        state = self._words.say(label(offer.get("state", ""), "offer"))
        terms = self._words.say(
            "%(reference)s: %(n)s payments of up to %(sum)s until %(day)s",
            reference=offer.get("account", ""),
            n=offer.get("payments", ""),
            sum=self._money(offer.get("payment")),
            day=self._day(offer.get("until")),
        )
        return f"{terms} · {state} {self._day(offer.get('shown'))}"

    def _money(self, amount: Any) -> str:
        if not isinstance(amount, Mapping) or "minor" not in amount:
            return ""
        return self._shown.money(Money(int(amount["minor"]), str(amount["currency"])))

    def _day(self, text: Any) -> str:
        try:
            return self._shown.day(date.fromisoformat(str(text)))
        except ValueError:
            return ""


def _is_command(text: str) -> bool:
    """Whether a text is no words of the borrower: a command, or a masked answer."""
    return text == MASK or text.startswith("/")


def _list(packet: Mapping[str, Any], name: str) -> list[Any]:
    found = packet.get(name)
    return list(found) if isinstance(found, list | tuple) else []


def draft_summary(escalations: tuple[Escalation, ...], telling: Telling, words: Words) -> str:
    """A draft of what to write down, from facts alone."""
    parts = []
    for one in escalations:
        reason = words.say(label(one.reason.value, "reason"))
        facts = dict(telling.packet(one))
        parts.append(words.say("%(reason)s.", reason=reason))
        parts += [
            f"{name}: {facts[name]}."
            for name in (words.say("Details"), words.say("They wrote"))
            if name in facts
        ]
    return " ".join(parts)[:1500]

"""Tell staff outside of the console that someone waits: a Telegram group, an e-mail address, if set.

An alert says why and how urgent, and where to look; never who or what was written.
"""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Awaitable, Callable, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import structlog

from bot.ports import Clock, Store
from bot.staff_events import EventKind, StaffEvent
from lending.errors import TideoverError

log = structlog.get_logger(__name__)

Sender = Callable[[str], Awaitable[None]]
"""Sends one line of text to staff; raises when it could not."""

URGENT = 1
"""Escalations of this priority and above (0 is the highest) are told as they open."""

TRIES = 5
"""How often a line is tried on a way that fails; then the page alone shows it."""

_LOOK_BACK = 200
_AT_ONCE = 500


class BadAlertAddress(TideoverError):
    """The mail server of alerts cannot be used."""


class Alerts:
    """Looks at the news and sends what is urgent, once, whichever process is first."""

    def __init__(
        self, *, store: Store, clock: Clock, senders: Sequence[Sender], console_url: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._senders = tuple(senders)
        self._url = console_url
        self._since: int | None = None
        self._start = 0
        self._unsent: list[tuple[Sender, str, int]] = []

    async def run(self) -> int:
        """One pass; returns how many news there were. What a way did not take it gets again."""
        if not self._senders:
            return 0
        lines = await asyncio.to_thread(self._fresh)
        due = [*self._unsent, *((send, line, 1) for line in lines for send in self._senders)]
        self._unsent = []
        for send, line, tries in due:
            try:
                await send(line)
            except Exception as error:  # noqa: BLE001 - one way failing must not stop the other
                log.error("alert.failed", error=type(error).__name__, tries=tries)
                if tries < TRIES:
                    self._unsent.append((send, line, tries + 1))
        return len(lines)

    def _fresh(self) -> list[str]:
        """Lines for news that nobody has alerted to; noted as told before they are sent."""
        with self._store.unit() as uow:
            if self._since is None:
                self._since = self._start = uow.events.latest_id()
                return []
            events = uow.events.after(max(self._since - _LOOK_BACK, 0), _AT_ONCE)
            lines = []
            for event in events:
                line = self._line(event) if event.id > self._start else None
                if line is not None and uow.events.add(
                    EventKind.ALERTED, at=self._clock(), once=f"alert:{event.id}"
                ):
                    lines.append(line)
            self._since = max([self._since, *(event.id for event in events)])
            uow.commit()
        return lines

    def _line(self, event: StaffEvent) -> str | None:
        link = f"{self._url}/conversations/{event.conversation_id}"
        priority = int(event.details.get("priority", "9"))
        if event.kind is EventKind.ESCALATION_OPENED and priority <= URGENT:
            word = "URGENT" if priority == 0 else "High priority"
            reason = event.details.get("reason", "").replace("_", " ")
            return f"{word}: a borrower needs a person ({reason}). {link}"
        if event.kind is EventKind.CLOCK_BREACHED:
            clock = event.details.get("clock", "").replace("_", " ")
            return f"Late: the time for {clock} has run out. {link}"
        return None


def mail_sender(smtp_url: str, to: str, sender: str = "") -> Sender:
    """Alerts by e-mail: `smtp://user:password@host:587` (STARTTLS when offered) or `smtps://`.

    Raises BadAlertAddress.
    """
    parts = urlsplit(smtp_url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or "@" not in to:
        raise BadAlertAddress(
            "The mail server for alerts cannot be used.",
            hint="Write TIDEOVER_ALERT_SMTP_URL like smtp://user:password@mail.example.com:587",
        )
    host, secure = parts.hostname, parts.scheme == "smtps"
    port = parts.port or (465 if secure else 25)

    def post(line: str) -> None:
        message = EmailMessage()
        message["From"], message["To"] = sender or to, to
        message["Subject"] = line.split(".")[0]
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=(sender or to).rpartition("@")[2])
        message.set_content(line)
        connect = smtplib.SMTP_SSL if secure else smtplib.SMTP
        with connect(host, port, timeout=10) as server:
            server.ehlo()
            if not secure and server.has_extn("starttls"):
                server.starttls()
                server.ehlo()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)

    async def send(line: str) -> None:
        await asyncio.to_thread(post, line)

    return send

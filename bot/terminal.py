"""The terminal as a channel, for trying the assistant without any account."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from bot.messages import Button, Channel, Envelope, Inbound, Kind


class TerminalChannel:
    """Prints what is sent and remembers the last choices, so that a number can be typed."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self.choices: tuple[Button, ...] = ()

    async def send(self, envelope: Envelope) -> str:
        content = envelope.content
        self._show(content.text)
        if content.picture is not None:
            self._show(f"[picture] {content.picture.alt}")
        for link in content.url_buttons:
            self._show(f"  {link.label}: {link.payload}")
        if content.buttons:
            self.choices = content.buttons
            labels = "  ".join(f"[{n}] {b.label}" for n, b in enumerate(self.choices, start=1))
            self._show(f"  {labels}")
        return "terminal"

    async def show_typing(self, address: str) -> None:
        return None

    def inbound(self, address: str, typed: str, at: datetime) -> Inbound:
        """What was typed, as the router takes it; the number of a choice means that choice."""
        button = self._chosen(typed)
        return Inbound(
            channel=Channel.TERMINAL,
            address=address,
            is_private=True,
            update_key=uuid.uuid4().hex,
            kind=Kind.BUTTON if button else Kind.TEXT,
            text=button.payload if button else typed,
            received_at=at,
        )

    def _chosen(self, typed: str) -> Button | None:
        number = typed.strip()
        if number.isdigit() and 1 <= int(number) <= len(self.choices):
            return self.choices[int(number) - 1]
        return None

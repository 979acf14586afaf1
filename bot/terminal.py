"""The terminal as a channel, for trying the assistant without any account."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.messages import Button, Channel, Document, Envelope, Inbound, Kind


class TerminalChannel:
    """Prints what is sent and remembers the last choices, so that a number can be typed.

    Documents are written into `folder`; without one only their name is told.
    """

    def __init__(self, show: Callable[[str], None], folder: Path | None = None) -> None:
        self._show = show
        self._folder = folder
        self.choices: tuple[Button, ...] = ()

    async def send(self, envelope: Envelope) -> str:
        content = envelope.content
        self._show(content.text)
        if content.picture is not None:
            self._show(f"[picture] {content.picture.alt}")
        if content.document is not None:
            self._show(f"[document] {self._kept(content.document)}")
        for link in content.url_buttons:
            self._show(f"  {link.label}: {link.payload}")
        if content.buttons:
            self.choices = content.buttons
            labels = "  ".join(f"[{n}] {b.label}" for n, b in enumerate(self.choices, start=1))
            self._show(f"  {labels}")
        return "terminal"

    def _kept(self, document: Document) -> str:
        """Where the document is now; its bare name if it could not be written."""
        if self._folder is None:
            return document.filename
        path = self._folder / document.filename
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(document.pdf)
        except OSError as problem:
            return f"{document.filename} (not written: {problem.strerror})"
        return str(path)

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

"""A real SMTP server on this machine that keeps what it takes, or answers as told."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Box:
    """What the server took, or the answer that it gives instead."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.to_recipient: str | None = None
        self.to_data: str | None = None

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.to_recipient is not None:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.to_data == "hang up":
            server.transport.close()
            return "250 OK"
        if self.to_data is not None:
            return self.to_data
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 OK"


@contextmanager
def mail_server(box: Box) -> Iterator[Controller]:
    """Runs for the time of the block, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()

"""`tideover chat`: one borrower, one terminal, the same router as every other channel."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding

from lending.errors import TideoverError

if TYPE_CHECKING:
    from wiring.conversation import Bot


class TerminalChat:
    """Reads lines, prints answers; a typed number picks a choice of the last message."""

    def __init__(self, bot: Bot, console: Console) -> None:
        from wiring.conversation import add_terminal

        self._bot = bot
        self._console = console
        self._address = f"terminal-{uuid.uuid4().hex[:12]}"
        self._channel = add_terminal(bot, self._show)

    async def run(self) -> None:
        """Until the end of input, /quit or Ctrl-C."""
        while True:
            try:
                line = await asyncio.to_thread(self._console.input, "[bold]you>[/] ")
            except EOFError:
                return
            if line.strip() in ("/quit", "/exit"):
                return
            await self.say(line)

    async def say(self, line: str) -> None:
        """Send one line through the router and wait for the whole answer."""
        try:
            await self._bot.router.receive(
                self._channel.inbound(self._address, line, self._bot.clock())
            )
            await self._bot.router.idle()
        except TideoverError as error:
            self._console.print(f"[red]{error}[/]")

    def _show(self, text: str) -> None:
        self._console.print(Padding(Markdown(text.replace("\n", "  \n")), (0, 0, 0, 2)))

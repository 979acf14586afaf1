"""The database goes away: nothing twice, nothing lost, and it says so."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import make_url

from bot.outbox import Outbox
from compliance.profile_file import load_profile
from store.db import Database
from store.errors import StoreUnavailable
from tests.scheduler.portfolio import DUE, Line, add_loan, at

NOW = at(DUE - timedelta(days=3), 17)


class Door:
    """A way to a server that can be shut: open connections break, new ones are refused."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port: int = found.getsockname()[1]
        self._server: socket.socket | None = None
        self.open()

    def open(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def shut(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            # Wakes the thread that waits in accept.
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()
        for pair in self._pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                near, _ = server.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            self._pairs.append((near, far))
            threading.Thread(target=_carry, args=(near, far), daemon=True).start()


def _carry(near: socket.socket, far: socket.socket) -> None:
    other = {near: far, far: near}
    with selectors.DefaultSelector() as ready:
        for end in other:
            ready.register(end, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                end: Any = key.fileobj
                try:
                    data = end.recv(65_536)
                    if not data:
                        raise OSError
                    other[end].sendall(data)
                except OSError:
                    for one in other:
                        one.close()
                    return


@pytest.fixture
def door(postgresql_database_url: str) -> Iterator[Door]:
    url = make_url(postgresql_database_url)
    found = Door(url.host or "127.0.0.1", url.port or 5432)
    yield found
    found.shut()


@pytest.fixture
def line(door: Door, postgresql_database_url: str) -> Iterator[Line]:
    url = make_url(postgresql_database_url).set(host="127.0.0.1", port=door.port)
    database = Database(url.render_as_string(hide_password=False), lock_wait_seconds=2)
    found = Line(database)
    for number in range(1, 4):
        add_loan(database, number)
    found.clock.now = NOW
    found.planner.tick()
    yield found
    database.close()


def patient(line: Line, pauses: tuple[float, ...]) -> Any:
    outbox = Outbox(
        store=line.database,
        channels=line.channels,
        clock=line.clock,
        profiles=load_profile,
        lender=line.house().lender,
        keep_trying=pauses,
    )
    return line.worker(outbox=outbox)


async def test_while_it_is_away_nothing_leaves_and_afterwards_everything_once(
    line: Line, door: Door
) -> None:
    door.shut()
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await line.dispatcher.tick()
        with pytest.raises(StoreUnavailable):
            line.planner.tick()
    assert line.telegram.sent == []
    door.open()
    assert (await line.dispatcher.tick()).sent == 3
    assert (await line.dispatcher.tick()).claimed == 0
    assert len(line.telegram.sent) == 3


async def test_it_goes_away_while_messages_are_out_and_is_back_in_time(
    line: Line, door: Door
) -> None:
    """What the channel took is written down once the database answers again."""

    def shut_for_a_while(_: object) -> None:
        door.shut()
        line.telegram.before_send = None
        threading.Timer(0.15, door.open).start()

    line.telegram.before_send = shut_for_a_while
    assert (await patient(line, (0.05, 0.2, 0.4, 0.8)).tick()).sent == 3
    assert {r.state.value for r in line.reminders()} == {"sent"}
    assert len(line.telegram.sent) == 3


async def test_it_stays_away_too_long_what_was_sent_is_unconfirmed_and_never_repeated(
    line: Line, door: Door
) -> None:
    def shut(_: object) -> None:
        door.shut()
        line.telegram.before_send = None

    line.telegram.before_send = shut
    with pytest.raises(StoreUnavailable):
        await patient(line, (0.01,)).tick()
    sent = len(line.telegram.sent)
    assert sent == 3
    door.open()
    line.clock.now = NOW + timedelta(minutes=30)
    tally = await line.dispatcher.tick()
    assert (tally.unconfirmed, tally.claimed) == (3, 0)
    await line.days(DUE - timedelta(days=2), DUE - timedelta(days=2))
    assert len(line.telegram.sent) == sent
    assert {r.state.value for r in line.reminders()} == {"unconfirmed"}

"""Find what is to be reminded of, in sets, and keep it as planned reminders.

SQL picks, `scheduler.decide` decides: what is picked here is judged again, exactly, when it is
sent. A row is picked for the oldest unpaid due date of an account whose step is current on the
borrower's own day, unless it is planned already, so that a repeated tick adds nothing and a missed
one loses nothing. Accounts come in batches by id, each in its own transaction.

A schedule row is the oldest unpaid one when what was paid (`paid`) covers the rows before it and
not the row itself; both sums stand on the row, so that no other row needs to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from scheduler.planner import PlanningOrder
from store.db import Database

log = structlog.get_logger(__name__)

BATCH = 20_000
"""Accounts in one transaction."""

_SUM_BATCH = 5_000
"""Schedules whose running sums are worked out in one transaction."""


def plan_due(
    database: Database,
    order: PlanningOrder,
    now: datetime,
    *,
    batch: int = BATCH,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Plan what is due now; how many reminders were planned. `progress` gets accounts seen.

    Raises StoreUnavailable; what earlier batches planned is kept.
    """
    _add_running_sums(database)
    with database.session() as session:
        zones = _zones(session, now)
    planned = 0
    if not zones or not order.steps:
        return 0
    for after, through, size in _batches(database, batch):
        with database.session() as session:
            _read_by_index(session)
            query = _Query(session, order, zones)
            planned += query.loans(now, after, through)
            planned += query.cards(now, after, through)
            session.commit()
        if progress is not None:
            progress(size)
    return planned


def _read_by_index(session: Session) -> None:
    """A batch is a small part of large tables, whatever PostgreSQL guesses.

    Left to itself it reads all schedules and borrowers for each batch, and compiles a statement
    that then runs for a third of the time that this takes.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL jit = off"))


def count_accounts(database: Database) -> int:
    """How many accounts a pass will look at."""
    with database.session() as session:
        return int(session.execute(text("SELECT count(*) FROM accounts")).scalar_one())


def _batches(database: Database, batch: int) -> Iterator[tuple[int, int, int]]:
    """(after, through, accounts) by id, however sparse the ids are."""
    after = 0
    while True:
        with database.session() as session:
            found = session.execute(
                text(
                    "SELECT max(id), count(*) FROM"
                    " (SELECT id FROM accounts WHERE id > :after ORDER BY id LIMIT :batch) AS next"
                ),
                {"after": after, "batch": batch},
            ).one()
        through, size = found
        if not size:
            return
        yield after, through, size
        after = through


@dataclass(frozen=True, slots=True)
class _Zone:
    """`midnight`: the second of noon there, less twelve hours, so that clock changes do not count."""

    name: str
    today: date
    midnight: int


def _zones(session: Session, now: datetime) -> tuple[_Zone, ...]:
    zones = []
    for name in session.execute(text("SELECT DISTINCT timezone FROM borrowers")).scalars():
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            log.error("reminders.unknown_zone", zone=name)
            continue
        today = now.astimezone(zone).date()
        noon = datetime.combine(today, time(12), zone).astimezone(UTC)
        zones.append(_Zone(name, today, int(noon.timestamp()) - 43_200))
    return tuple(zones)


def _add_running_sums(database: Database) -> None:
    """Work out the running sums of schedules that have none yet. A version's rows are never changed."""
    statement = text(
        """
        UPDATE instalments SET principal_to_date_minor = sums.principal,
                               interest_to_date_minor = sums.interest
        FROM (
            SELECT i.id AS id,
                   SUM(CASE WHEN s.from_on IS NULL OR i.due_on >= s.from_on
                            THEN i.principal_minor ELSE 0 END)
                       OVER (PARTITION BY i.schedule_id ORDER BY i.number) AS principal,
                   SUM(CASE WHEN s.from_on IS NULL OR i.due_on >= s.from_on
                            THEN i.interest_minor ELSE 0 END)
                       OVER (PARTITION BY i.schedule_id ORDER BY i.number) AS interest
            FROM instalments i JOIN schedules s ON s.id = i.schedule_id
            WHERE i.schedule_id IN (
                SELECT DISTINCT schedule_id FROM instalments
                WHERE principal_to_date_minor IS NULL ORDER BY schedule_id LIMIT :batch)
        ) AS sums
        WHERE instalments.id = sums.id
        """
    )
    while True:
        with database.session() as session:
            result: Any = session.execute(statement, {"batch": _SUM_BATCH})
            session.commit()
        if not result.rowcount:
            return


class _Query:
    """The statements of one batch, in the dialect of the database."""

    def __init__(self, session: Session, order: PlanningOrder, zones: tuple[_Zone, ...]) -> None:
        self._session = session
        self._order = order
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"
        self._values: dict[str, Any] = {"strategy": order.label}
        last = max(zone.today for zone in zones)
        first = min(zone.today for zone in zones)
        offsets = [step.offset_days for step in order.steps]
        ends = [step.until_days for step in order.steps]
        self._values["due_from"] = self._date(first - timedelta(days=max(ends)))
        self._values["due_until"] = self._date(last - timedelta(days=min(offsets)))
        self._common = f"""
        WITH zones(zone, today, midnight) AS (VALUES {self._zone_rows(zones)}),
        steps(segment, step, offset_days, until_days, state) AS (VALUES {self._step_rows()}),
        people AS (
            SELECT a.id AS account_id, a.borrower_id AS borrower_id, z.today AS today,
                   z.midnight AS midnight, h.minute AS habit, {self._segment()} AS segment
            FROM accounts a
            JOIN borrowers b ON b.id = a.borrower_id
            JOIN zones z ON z.zone = b.timezone
            LEFT JOIN contact_habits h ON h.borrower_id = a.borrower_id
            WHERE a.id > :after AND a.id <= :through AND a.status = 'active'
              AND a.product = :product
              AND NOT EXISTS (SELECT 1 FROM payments y
                              WHERE y.account_id = a.id AND y.status = 'pending')
        )"""

    def loans(self, now: datetime, after: int, through: int) -> int:
        """Rows of the schedule in effect whose step is current and that are the oldest unpaid."""
        return self._plan(
            f"""{self._common},
            heads AS (
                SELECT p.*, s.id AS schedule_id, s.version AS version, s.from_on AS from_on
                FROM people p JOIN schedules s ON s.account_id = p.account_id{self._within("s")}
                WHERE NOT EXISTS (SELECT 1 FROM schedules later
                                  WHERE later.account_id = s.account_id
                                    AND later.version > s.version)
            ),
            found AS {self._once()} (
                SELECT d.account_id, d.borrower_id, d.today, d.midnight, d.habit, d.segment,
                       d.version, i.number, i.due_on
                FROM ({self._heads_with_paid()}) d
                JOIN {self._rows_of("d")}
                WHERE (COALESCE(d.principal, 0) < i.principal_to_date_minor
                       AND COALESCE(d.principal, 0)
                           >= i.principal_to_date_minor - i.principal_minor)
                   OR (COALESCE(d.interest, 0) < i.interest_to_date_minor
                       AND COALESCE(d.interest, 0)
                           >= i.interest_to_date_minor - i.interest_minor)
            )""",
            now, after, through, "instalment_loan",
        )  # fmt: skip

    def _heads_with_paid(self) -> str:
        """Each schedule in effect with what was paid of it.

        SQLite puts no index on a grouped result, and would walk all of it for every account.
        """
        principal, interest = (
            f"-SUM(CASE WHEN l.kind <> 'reversal' OR l.{part}_minor > 0"
            f" THEN l.{part}_minor ELSE 0 END)"
            for part in ("principal", "interest")
        )
        counted = """l.kind IN ('repayment', 'waiver', 'reversal')
                     AND (d.from_on IS NULL OR l.effective_on >= d.from_on)"""
        if self._is_sqlite:
            own = f"FROM ledger_entries l WHERE l.account_id = d.account_id AND {counted}"
            return f"""SELECT d.*, (SELECT {principal} {own}) AS principal,
                              (SELECT {interest} {own}) AS interest FROM heads d"""
        return f"""SELECT d.*, m.principal, m.interest FROM heads d LEFT JOIN (
                       SELECT d.account_id, {principal} AS principal, {interest} AS interest
                       FROM heads d JOIN ledger_entries l ON l.account_id = d.account_id
                       WHERE {counted} GROUP BY d.account_id
                   ) m ON m.account_id = d.account_id"""

    def cards(self, now: datetime, after: int, through: int) -> int:
        """Statements whose minimum was not received until the next one closed."""
        return self._plan(
            f"""{self._common},
            found AS {self._once()} (
                SELECT p.account_id, p.borrower_id, p.today, p.midnight, p.habit, p.segment,
                       0 AS version, t.number, t.due_on
                FROM people p
                JOIN statements t ON t.account_id = p.account_id AND t.closed_on <= p.today
                     AND t.due_on >= :due_from AND t.due_on <= :due_until
                LEFT JOIN statements n ON n.account_id = t.account_id
                     AND n.number = t.number + 1 AND n.closed_on <= p.today
                WHERE t.minimum_due_minor > COALESCE((
                    SELECT SUM(l.credit_minor - l.principal_minor - l.interest_minor
                               - l.fee_minor - l.penalty_minor)
                    FROM ledger_entries l
                    WHERE l.account_id = t.account_id AND l.effective_on > t.closed_on
                      AND (n.closed_on IS NULL OR l.effective_on <= n.closed_on)
                      AND l.kind IN ('repayment', 'reversal')
                      AND (l.kind = 'repayment' OR l.principal_minor + l.interest_minor
                           + l.fee_minor + l.penalty_minor > 0)
                ), 0)
            )""",
            now, after, through, "credit_card",
        )  # fmt: skip

    def _plan(self, found: str, now: datetime, after: int, through: int, product: str) -> int:
        """Insert what was found. A cancelled one is looked at again on another day.

        Sorted, so that all is found before the first is inserted: PostgreSQL would look for what is
        planned among the rows of this very statement, more of them for each.
        """
        days = self._days("f.today", "f.due_on")
        statement = f"""
        {found},
        wanted AS {self._once()} (
            SELECT f.*, t.step, t.offset_days, t.state,
                   (SELECT CASE WHEN r.state = 'cancelled' AND r.local_day < f.today
                                THEN 1 ELSE 0 END
                    FROM reminders r
                    WHERE r.account_id = f.account_id AND r.due_on = f.due_on
                      AND r.step = t.step AND r.attempt = 1) AS again
            FROM found f
            JOIN steps t ON t.segment = f.segment AND {days} >= t.offset_days
                 AND {days} < t.until_days
        )
        INSERT INTO reminders (account_id, borrower_id, due_on, version, number, step, offset_days,
                               attempt, strategy, state, local_day, send_at, tries, changed_at)
        SELECT f.account_id, f.borrower_id, f.due_on, f.version, f.number, f.step, f.offset_days,
               1, :strategy, f.state, f.today, {self._instant(f"f.midnight + 60 * {self._minute()}")},
               0, :now
        FROM wanted f
        WHERE f.again IS NULL OR f.again = 1
        ORDER BY f.account_id
        ON CONFLICT (account_id, due_on, step, attempt) DO UPDATE
        SET state = excluded.state, local_day = excluded.local_day, send_at = excluded.send_at,
            version = excluded.version, number = excluded.number, reason = NULL,
            changed_at = excluded.changed_at
        WHERE reminders.state = 'cancelled'
        """
        values = {
            **self._values,
            "now": self._moment(now),
            "after": after,
            "through": through,
            "product": product,
        }
        result: Any = self._session.execute(text(statement), values)
        if self._is_sqlite:  # its driver counts nothing for a statement that begins with WITH
            return int(self._session.execute(text("SELECT changes()")).scalar_one())
        return int(result.rowcount)

    def _rows_of(self, head: str) -> str:
        """The rows of a schedule that can be current, found by its index however large the table.

        PostgreSQL would read the whole table for each batch; OFFSET keeps the two apart.
        """
        condition = f"""i.schedule_id = {head}.schedule_id
                     AND i.due_on >= :due_from AND i.due_on <= :due_until
                     AND ({head}.from_on IS NULL OR i.due_on >= {head}.from_on)"""
        if self._is_sqlite:
            return f"instalments i ON {condition}"
        return f"LATERAL (SELECT i.* FROM instalments i WHERE {condition} OFFSET 0) i ON TRUE"

    def _within(self, table: str) -> str:
        """Says to PostgreSQL what follows anyway; else it walks the index from its first account."""
        if self._is_sqlite:
            return ""
        return f" AND {table}.account_id > :after AND {table}.account_id <= :through"

    def _once(self) -> str:
        """Keeps PostgreSQL from reading the schedule again for each step of the strategy."""
        return "" if self._is_sqlite else "MATERIALIZED"

    def _zone_rows(self, zones: tuple[_Zone, ...]) -> str:
        rows = []
        for n, zone in enumerate(zones):
            self._values |= {f"zone{n}": zone.name, f"today{n}": self._date(zone.today)}
            rows.append(f"(:zone{n}, {self._cast(f':today{n}')}, {zone.midnight})")
        return ", ".join(rows)

    def _step_rows(self) -> str:
        rows = []
        for n, step in enumerate(self._order.steps):
            self._values[f"step{n}"] = step.name
            state = "'awaiting'" if step.needs_approval else "'planned'"
            rows.append(
                f"({step.segment}, :step{n}, {step.offset_days}, {step.until_days}, {state})"
            )
        return ", ".join(rows)

    def _segment(self) -> str:
        """The number of the first segment that fits; NULL if none does."""
        cases = []
        for number, segment in enumerate(self._order.segments):
            conditions = ["1 = 1"]
            for column, wanted in (
                ("a.product", segment.products),
                ("b.jurisdiction", segment.jurisdictions),
                ("b.country", segment.countries),
                ("b.language", segment.languages),
            ):
                if wanted:
                    names = [f"{column[2:]}{number}_{n}" for n in range(len(wanted))]
                    self._values |= dict(zip(names, wanted, strict=True))
                    conditions.append(f"{column} IN ({', '.join(f':{name}' for name in names)})")
            cases.append(f"WHEN {' AND '.join(conditions)} THEN {number}")
        return f"CASE {' '.join(cases)} END"

    def _minute(self) -> str:
        """As `Strategy.minute_for` has it."""
        order = self._order
        wanted = (
            f"(CASE WHEN f.habit IS NOT NULL THEN f.habit + f.account_id * 7919 % 20"
            f" ELSE {order.usual} + f.account_id * 7919 % {order.spread} END)"
        )
        low, high = ("max", "min") if self._is_sqlite else ("greatest", "least")
        return f"{high}({low}({wanted}, {order.earliest}), {order.latest - 1})"

    def _days(self, later: str, earlier: str) -> str:
        if self._is_sqlite:
            return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"
        return f"({later} - {earlier})"

    def _instant(self, seconds: str) -> str:
        """As store.columns.UtcInstant keeps an instant."""
        if self._is_sqlite:
            return f"(datetime({seconds}, 'unixepoch') || '.000000')"
        return f"to_timestamp({seconds})"

    def _cast(self, value: str) -> str:
        return value if self._is_sqlite else f"CAST({value} AS date)"

    def _date(self, day: date) -> Any:
        return day.isoformat() if self._is_sqlite else day

    def _moment(self, now: datetime) -> Any:
        if self._is_sqlite:
            return now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return now

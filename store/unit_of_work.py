"""All repositories over one transaction; see bot/ports.py for what each one promises."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot import batch_ports, ports, ports_console, ports_staff
from bot.reminder_ports import Reminders
from lending import events, lender_access, pay_ports, portfolio
from store.account_memory import AccountMemory
from store.repositories_accounts import SqlAccounts
from store.repositories_audit import SqlAudit
from store.repositories_batches import SqlBatches
from store.repositories_borrowers import SqlBorrowers, SqlLinks
from store.repositories_console import SqlConsoleReads
from store.repositories_contacts import SqlContacts
from store.repositories_conversations import SqlConversations
from store.repositories_escalations import SqlEscalations
from store.repositories_events import SqlEvents
from store.repositories_lender import SqlLenderAccess, SqlPortfolio
from store.repositories_messages import SqlMessages
from store.repositories_pay import SqlPayBook
from store.repositories_plans import SqlPlanBooks
from store.repositories_reminders import SqlReminders
from store.repositories_staff import SqlStaff
from store.repositories_staff_work import SqlStaffEvents, SqlStaffNotes, SqlStaffView
from store.repositories_wishes import SqlWishes


class SqlUnitOfWork:
    """One transaction, begun by its first statement. After `commit` a new one may follow."""

    def __init__(self, session: Session, memory: AccountMemory | None = None) -> None:
        self._session = session
        self._audit = SqlAudit(session)
        self.conversations: ports.Conversations = SqlConversations(session)
        self.messages: ports.Messages = SqlMessages(session)
        self.borrowers: ports.Borrowers = SqlBorrowers(session)
        self.accounts: ports.Accounts = SqlAccounts(session, memory)
        self.links: ports.Links = SqlLinks(session)
        self.escalations: ports_staff.Escalations = SqlEscalations(session)
        self.contacts: ports.Contacts = SqlContacts(session, self._audit)
        self.wishes: ports.Wishes = SqlWishes(session)
        self.plans: ports.PlanBooks = SqlPlanBooks(session)
        self._reminders = SqlReminders(session)
        self.reminders: Reminders = self._reminders
        self.batches: batch_ports.Batches = SqlBatches(session, self._audit)
        self.audit: ports.Audit = self._audit
        self.staff: ports_staff.StaffRecords = SqlStaff(session)
        self.notes: ports_staff.StaffNotes = SqlStaffNotes(session)
        self.events: ports_staff.StaffEvents = SqlStaffEvents(session)
        self.desk: ports_staff.StaffView = SqlStaffView(session)
        self.console: ports_console.ConsoleReads = SqlConsoleReads(session)
        self.portfolio: portfolio.Portfolio = SqlPortfolio(session)
        self.access: lender_access.LenderAccess = SqlLenderAccess(session)
        self.pay: pay_ports.PayBook = SqlPayBook(session)
        self._outgoing = SqlEvents(session)
        self.outgoing: events.Events = self._outgoing

    def commit(self) -> None:
        """Keep everything, events and audit rows last. Raises if it cannot be kept; then nothing is."""
        self._reminders.write_pending()
        self._outgoing.write_pending()
        self._audit.write_pending()
        self._session.commit()

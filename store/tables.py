"""All tables in one place; `metadata` is what migrations are compared with."""

from __future__ import annotations

from store.base import Base
from store.tables_chat import (
    ConversationRow,
    IdentityAttemptRow,
    LinkTokenRow,
    MessageRow,
)
from store.tables_contact import (
    AuditRow,
    ContactDecisionRow,
    ContactProfileRow,
    ContactWishRow,
    OptOutRow,
)
from store.tables_lender import ApiKeyRow, ApiRequestRow, ImportRow, OutgoingEventRow
from store.tables_lending import (
    AccountRow,
    BorrowerRow,
    ContactPointRow,
    FeedRow,
    HoldRow,
    InstalmentRow,
    LedgerEntryRow,
    PaymentRow,
    PostingRow,
    PromiseRow,
    ScheduleRow,
    StatementRow,
)
from store.tables_ops import JobRunRow
from store.tables_pay import (
    AutopayMandateRow,
    PaymentClaimRow,
    PayNewsRow,
    PayOrderRow,
    PayReportRow,
)
from store.tables_plans import PlanCertificateRow, PlanNoticeRow, PlanOfferRow, PlanRow
from store.tables_reminders import (
    ContactHabitRow,
    DeliveryReportRow,
    ReminderRow,
    SendSlotRow,
    StaffContactRow,
)
from store.tables_staff import (
    EscalationRow,
    MemoryNoteRow,
    StaffEventRow,
    StaffNoteRow,
    StaffRow,
    StaffSessionRow,
)

metadata = Base.metadata

__all__ = [
    "AccountRow",
    "ApiKeyRow",
    "ApiRequestRow",
    "AuditRow",
    "AutopayMandateRow",
    "Base",
    "BorrowerRow",
    "ContactDecisionRow",
    "ContactHabitRow",
    "ContactPointRow",
    "ContactProfileRow",
    "ContactWishRow",
    "ConversationRow",
    "DeliveryReportRow",
    "EscalationRow",
    "FeedRow",
    "HoldRow",
    "IdentityAttemptRow",
    "ImportRow",
    "InstalmentRow",
    "JobRunRow",
    "LedgerEntryRow",
    "LinkTokenRow",
    "MemoryNoteRow",
    "MessageRow",
    "OptOutRow",
    "OutgoingEventRow",
    "PayNewsRow",
    "PayOrderRow",
    "PayReportRow",
    "PaymentClaimRow",
    "PaymentRow",
    "PlanCertificateRow",
    "PlanNoticeRow",
    "PlanOfferRow",
    "PlanRow",
    "PostingRow",
    "PromiseRow",
    "ReminderRow",
    "ScheduleRow",
    "SendSlotRow",
    "StaffContactRow",
    "StaffEventRow",
    "StaffNoteRow",
    "StaffRow",
    "StaffSessionRow",
    "StatementRow",
    "metadata",
]

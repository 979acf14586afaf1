"""Typed ids, so that a borrower's id can never stand where an account's is wanted."""

from typing import NewType

BorrowerId = NewType("BorrowerId", int)
AccountId = NewType("AccountId", int)
PaymentId = NewType("PaymentId", int)
PromiseId = NewType("PromiseId", int)
LedgerEntryId = NewType("LedgerEntryId", int)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", int)
EscalationId = NewType("EscalationId", int)

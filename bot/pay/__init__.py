"""Payments in the chat: one port, its providers, what they report, and what the borrower is told."""

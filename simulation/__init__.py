"""A strategy tried on a portfolio with a virtual clock, before it meets a borrower."""

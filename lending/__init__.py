"""What is owed: money, accounts, schedules and positions. Pure; the standard library only."""

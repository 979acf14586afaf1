"""When to write first: periodic jobs."""

"""One file per change; each goes up and down on SQLite and PostgreSQL."""

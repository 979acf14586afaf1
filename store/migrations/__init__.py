"""Changes of the schema, in order. Run by `Database.migrate()`."""

"""May this contact happen now, and what may be said. Pure; rules come from data."""

"""The staff console: server-rendered pages for the people who answer borrowers."""

"""The only place where parts are plugged together; one module per part, one function per process."""

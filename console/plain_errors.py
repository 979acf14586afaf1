"""Errors as people read them: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

from lending.errors import TideoverError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show a TideoverError as two plain lines and leave with 1; Ctrl-C leaves with 0."""
    try:
        yield
    except TideoverError as error:
        err.print(f"[bold red]Error:[/] {escape(error.message)}", soft_wrap=True)
        if error.hint:
            err.print(f"[bold]Do:[/] {escape(error.hint)}", soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        out.print("\nStopped.")
        raise typer.Exit(0) from None

"""YAML with line numbers: what is read knows where it stood, so that an error can say it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import yaml

from lending.errors import TideoverError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class WordingDataError(TideoverError):
    """A data file of the wording check is unreadable or says something impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One value of a file. `where` is file:line; every reader raises WordingDataError."""

    file: str
    node: yaml.Node

    @property
    def where(self) -> str:
        return f"{self.file}:{self.node.start_mark.line + 1}"

    def wrong(self, what: str, *, hint: str = "") -> WordingDataError:
        return WordingDataError(f"{self.where}: {what}", hint=hint)

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or not str(self.node.value).strip():
            raise self.wrong("a text is expected here.", hint="Quote it if it has marks in it.")
        return str(self.node.value)

    def items(self) -> list[Entry]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("a list is expected here.", hint="Start each item with '- '.")
        return [Entry(file=self.file, node=node) for node in self.node.value]

    def texts(self) -> tuple[str, ...]:
        """The texts of a list."""
        return tuple(item.text() for item in self.items())

    def pairs(self) -> Iterator[tuple[str, Entry]]:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("names with values are expected here.", hint="Write 'name: value'.")
        seen: set[str] = set()
        for key_node, value in self.node.value:
            key = Entry(file=self.file, node=key_node)
            if key.text() in seen:
                raise key.wrong(f"{key.text()} stands here twice.", hint="Keep one of them.")
            seen.add(key.text())
            yield key.text(), Entry(file=self.file, node=value)

    def fields(
        self, needed: AbstractSet[str], optional: AbstractSet[str] = frozenset()
    ) -> dict[str, Entry]:
        """The values by name: all that are needed, and none that is unknown."""
        found = dict(self.pairs())
        for name in sorted(needed - set(found)):
            raise self.wrong(f"{name} is missing.", hint=f"Add '{name}: …' to this entry.")
        for name, entry in found.items():
            if name not in needed | optional:
                known = ", ".join(sorted(needed | optional))
                raise entry.wrong(f"{name} is not known here.", hint=f"Known are: {known}.")
        return found


def read_yaml(path: Path) -> Entry:
    """The one document of a file. Raises WordingDataError."""
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else 1
        raise WordingDataError(
            f"{path.name}:{line}: this is not YAML: {error.problem}.",
            hint="Look at indentation and quotes near that line.",
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WordingDataError(
            f"{path.name}:1: cannot be read.", hint="Restore the file; it must be UTF-8."
        ) from error
    if node is None:
        raise WordingDataError(f"{path.name}:1: the file is empty.", hint="Restore the file.")
    return Entry(file=path.name, node=node)

"""YAML read with the line of every value, so that a mistake can be shown where it is."""

from __future__ import annotations

from typing import Any

import yaml

Path = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser of libyaml where there is one: ten times as fast."""


class MisreadYaml(Exception):
    """Not YAML, or a key twice in one mapping. `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def read_with_lines(text: str) -> tuple[Any, dict[Path, int]]:
    """The document and the line of each path in it; raises MisreadYaml."""
    lines: dict[Path, int] = {(): 1}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, lines
        _walk(node, (), lines)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = min(mark.line, text.count("\n")) + 1 if mark else 1
        raise MisreadYaml(error.problem or "not YAML", line) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MisreadYaml(f"not YAML: {error}", 1) from None


def _walk(node: yaml.Node, path: Path, lines: dict[Path, int]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _walk(child, (*path, index), lines)
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            place = (*path, str(key.value))
            if place in lines:
                raise MisreadYaml(f"{key.value} stands twice", key.start_mark.line + 1)
            lines[place] = key.start_mark.line + 1
            _walk(child, place, lines)


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """The line of a path, or of the nearest thing around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)

"""Reads profiles from their files. The only place of this package that touches a disk."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from compliance.errors import BrokenProfile, UnknownProfile
from compliance.profile import Binds, Profile, Rule, RuleCheck
from compliance.profile_lines import MisreadYaml, line_of, read_with_lines
from compliance.profile_schema import (
    AdditionModel,
    FieldMistake,
    ProfileModel,
    parse_checks,
    parse_profile,
    parse_rule,
)

PROFILES = Path(__file__).with_name("profiles")
_HINT = "Correct the file. Until then its profile blocks every contact."


@lru_cache(maxsize=64)
def load_profile(name: str, folder: Path = PROFILES) -> Profile:
    """The profile of this name (any case), with all that it extends; kept once loaded.

    Raises UnknownProfile and BrokenProfile.
    """
    path = folder / f"{name.lower()}.yaml"
    if not name.replace("-", "").isalnum() or not path.is_file():
        known = ", ".join(available_profiles(folder))
        raise UnknownProfile(f"There is no profile {name!r}.", hint=f"Known are: {known}.")
    layers = _layers(path, folder)
    top = layers[-1].model
    if top.abstract:
        raise UnknownProfile(f"{top.name} is only a base of profiles.", hint="Use one of those.")
    digest = hashlib.sha256(b"\0".join(layer.content for layer in layers)).hexdigest()
    return Profile(
        name=top.name,
        title=top.title,
        version=f"{top.version}+{digest[:12]}",
        as_of=top.as_of,
        rules=tuple(_merge(layers)),
    )


def profile_files(name: str, folder: Path = PROFILES) -> dict[str, str]:
    """The text of every file that a profile is made of, by file name. Raises as `load_profile`."""
    load_profile(name, folder)
    layers = _layers(folder / f"{name.lower()}.yaml", folder)
    return {layer.path.name: layer.content.decode("utf-8") for layer in layers}


def available_profiles(folder: Path = PROFILES) -> list[str]:
    """The names of the profiles that can be loaded, in order; broken files are named too."""
    names = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            abstract = _layer(path).model.abstract
        except BrokenProfile:
            abstract = False
        if not abstract:
            names.append(path.stem.upper())
    return names


class _Layer:
    """One file: its content, its model, and where its fields stand."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.content = content
        try:
            data, self.lines = read_with_lines(self.content.decode("utf-8"))
            self.model: ProfileModel = parse_profile(data)
        except UnicodeDecodeError:
            raise BrokenProfile(f"{path.name} is not UTF-8.", hint=_HINT) from None
        except MisreadYaml as error:
            raise self._broken(error.message, error.line) from None
        except FieldMistake as error:
            raise self.broken(error.message, error.path) from None
        if self.model.name.lower() != path.stem:
            raise self.broken(f"the file is not named {self.model.name.lower()}.yaml", ("name",))

    def rules(self) -> list[tuple[tuple[str | int, ...], Rule]]:
        try:
            return [
                (("rules", index), parse_rule(model, ("rules", index)))
                for index, model in enumerate(self.model.rules)
            ]
        except FieldMistake as error:
            raise self.broken(error.message, error.path) from None

    def checks(self, addition: AdditionModel, path: tuple[str | int, ...]) -> tuple[RuleCheck, ...]:
        try:
            return parse_checks(addition.checks, path)
        except FieldMistake as error:
            raise self.broken(error.message, error.path) from None

    def broken(self, message: str, path: tuple[str | int, ...]) -> BrokenProfile:
        field = ".".join(str(part) for part in path) or "the file"
        return self._broken(f"{field}: {message}", line_of(path, self.lines))

    def _broken(self, message: str, line: int) -> BrokenProfile:
        return BrokenProfile(f"{self.path.name}, line {line}: {message}.", hint=_HINT)


def _layer(path: Path) -> _Layer:
    """The file as it is now; the same content is parsed once, as many profiles share a base."""
    return _parsed(path, path.read_bytes())


@lru_cache(maxsize=64)
def _parsed(path: Path, content: bytes) -> _Layer:
    return _Layer(path, content)


def _layers(path: Path, folder: Path) -> list[_Layer]:
    """The file and what it extends, the base first."""
    layers = [_layer(path)]
    while (base := layers[0].model.extends) is not None:
        base_path = folder / f"{base.lower()}.yaml"
        if not base_path.is_file():
            raise layers[0].broken(f"there is no profile {base}", ("extends",))
        if any(layer.path == base_path for layer in layers):
            raise layers[0].broken(f"{base} extends this profile itself", ("extends",))
        layers.insert(0, _layer(base_path))
    return layers


def _merge(layers: list[_Layer]) -> list[Rule]:
    rules: dict[str, Rule] = {}
    for layer in layers:
        for place, rule in layer.rules():
            if rule.id in rules:
                raise layer.broken(f"{rule.id} stands twice", (*place, "id"))
            rules[rule.id] = rule
        _add_checks(rules, layer)
        _widen(rules, layer)
    return list(rules.values())


def _add_checks(rules: dict[str, Rule], layer: _Layer) -> None:
    for index, addition in enumerate(layer.model.more_checks):
        place = ("more_checks", index)
        if addition.rule not in rules:
            raise layer.broken(f"there is no rule {addition.rule}", (*place, "rule"))
        rule = rules[addition.rule]
        checks = layer.checks(addition, (*place, "checks"))
        rules[rule.id] = replace(rule, checks=(*rule.checks, *checks))


def _widen(rules: dict[str, Rule], layer: _Layer) -> None:
    """Let collectors' rules bind creditors too, if the layer says so."""
    widening = layer.model.creditors_too
    if widening is None:
        return
    for rule_id in (widening.rule, *widening.not_rules):
        if rule_id not in rules:
            raise layer.broken(f"there is no rule {rule_id}", ("creditors_too",))
    for rule in rules.values():
        if rule.binds is Binds.COLLECTORS and rule.id not in widening.not_rules:
            also = (*rule.also, widening.rule)
            rules[rule.id] = replace(rule, binds=Binds.ALL, also=also)

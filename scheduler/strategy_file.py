"""Read a strategy from YAML. Every fault is named with file and line (BadStrategy)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from bot.languages import LANGUAGES
from bot.messages import Channel
from compliance.profile_file import available_profiles
from compliance.yaml_lines import Entry, WordingDataError, read_yaml
from lending.accounts import Product
from scheduler.errors import BadStrategy
from scheduler.strategy import Hours, Segment, Step, Strategy, Tone
from scheduler.templates import template_names

STRATEGY_FOLDER = Path(__file__).resolve().parent / "strategies"
DEFAULT_STRATEGY = STRATEGY_FOLDER / "default.yaml"

SENDABLE = (Channel.TELEGRAM, Channel.WEB, Channel.SMS, Channel.EMAIL)
_FARTHEST_DAYS = 365
_LAST_STEP_DAYS = 14
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def load_strategy(path: Path = DEFAULT_STRATEGY) -> Strategy:
    """The strategy of a file. Raises BadStrategy."""
    try:
        return _strategy(read_yaml(path))
    except WordingDataError as error:
        raise BadStrategy(error.message, hint=error.hint) from error


def _strategy(file: Entry) -> Strategy:
    fields = file.fields(
        {"name", "version", "channels", "segments"},
        {"hours", "quiet_days", "ignore_below", "max_tries"},
    )
    channels = _channels(fields["channels"])
    segments = tuple(_segment(entry, channels) for entry in fields["segments"].items())
    _check_names(fields["segments"], segments)
    return Strategy(
        name=_short(fields["name"]),
        version=_short(fields["version"]),
        segments=segments,
        hours=_hours(fields["hours"]) if "hours" in fields else Hours(),
        quiet_days=_number(fields, "quiet_days", 1, low=0, high=60),
        smallest=_smallest(fields["ignore_below"]) if "ignore_below" in fields else {},
        max_tries=_number(fields, "max_tries", 5, low=1, high=20),
    )


def _segment(entry: Entry, channels: tuple[Channel, ...]) -> Segment:
    fields = entry.fields({"name", "steps"}, {"when"})
    when = (
        fields["when"].fields(set(), {"products", "jurisdictions", "countries", "languages"})
        if "when" in fields
        else {}
    )
    products = _choices(when.get("products"), [p.value for p in Product])
    places = [name.upper() for name in available_profiles()]
    return Segment(
        name=_short(fields["name"]),
        products=frozenset(Product(value) for value in products),
        jurisdictions=frozenset(_choices(when.get("jurisdictions"), places)),
        countries=frozenset(_choices(when.get("countries"), None)),
        languages=frozenset(_choices(when.get("languages"), LANGUAGES)),
        steps=_steps(fields["steps"], channels),
    )


def _steps(entry: Entry, channels: tuple[Channel, ...]) -> tuple[Step, ...]:
    items = entry.items()
    if not items:
        _wrong(entry, "a segment needs at least one step.", "Add '- at: -3' with a template.")
    read = [_step_fields(item) for item in items]
    offsets = [_offset(fields["at"]) for fields in read]
    for fields, earlier, later in zip(read[1:], offsets, offsets[1:], strict=False):
        if later <= earlier:
            _wrong(
                fields["at"],
                f"{later} does not come after {earlier}.",
                "Order the steps from the earliest day to the latest, each day once.",
            )
    ends = [*offsets[1:], offsets[-1] + _LAST_STEP_DAYS]
    return tuple(
        _step(fields, offset, end, channels)
        for fields, offset, end in zip(read, offsets, ends, strict=True)
    )


def _step_fields(item: Entry) -> dict[str, Entry]:
    return item.fields({"at", "template"}, {"tone", "channels", "approval", "until"})


def _step(fields: dict[str, Entry], offset: int, end: int, channels: tuple[Channel, ...]) -> Step:
    template = fields["template"].text()
    if template not in template_names():
        _wrong(
            fields["template"],
            f"there is no template {template}.",
            f"Use one of {', '.join(sorted(template_names()))}, or add it to scheduler/texts.",
        )
    if "until" in fields:
        until = _offset(fields["until"])
        if not offset < until <= end:
            _wrong(
                fields["until"],
                f"a step at {offset} cannot hold until {until}.",
                f"Choose a day after {offset}, at most {end}.",
            )
        end = until
    return Step(
        name=f"{offset:+d}" if offset else "0",
        offset_days=offset,
        until_days=end,
        template=template,
        tone=Tone(_choice(fields.get("tone"), [t.value for t in Tone], Tone.NEUTRAL.value)),
        channels=_channels(fields["channels"]) if "channels" in fields else channels,
        needs_approval=_choice(fields.get("approval"), ["none", "staff"], "none") == "staff",
    )


def _check_names(entry: Entry, segments: Sequence[Segment]) -> None:
    if not segments:
        _wrong(entry, "a strategy needs at least one segment.", "Add '- name: everyone'.")
    names = [segment.name for segment in segments]
    for item, name in zip(entry.items(), names, strict=True):
        if names.count(name) > 1:
            _wrong(item, f"the segment {name} stands here twice.", "Give each its own name.")
    for item, segment in zip(entry.items()[:-1], segments, strict=False):
        if not (
            segment.products or segment.jurisdictions or segment.countries or segment.languages
        ):
            _wrong(item, f"{segment.name} lets everyone in.", "Put it last: the first fit counts.")


def _hours(entry: Entry) -> Hours:
    fields = entry.fields({"earliest", "latest", "usual"}, {"spread_minutes"})
    earliest, latest, usual = (_clock(fields[name]) for name in ("earliest", "latest", "usual"))
    if not earliest <= usual < latest:
        _wrong(fields["usual"], "usual must lie between earliest and latest.", "Correct the times.")
    spread = _number(fields, "spread_minutes", 300, low=1, high=1440)
    if usual + spread > latest:
        _wrong(
            fields.get("spread_minutes", fields["usual"]),
            f"{spread} minutes from usual end after latest.",
            f"Spread over at most {latest - usual} minutes.",
        )
    return Hours(earliest=earliest, latest=latest, usual=usual, spread=spread)


def _smallest(entry: Entry) -> Mapping[str, int]:
    found = {}
    for currency, amount in entry.pairs():
        if not re.fullmatch(r"[A-Z]{3}", currency):
            _wrong(amount, f"{currency} is no ISO 4217 code.", "Write USD, CNY and so on.")
        found[currency] = _integer(amount, low=0, high=10**9)
    return found


def _channels(entry: Entry) -> tuple[Channel, ...]:
    known = [channel.value for channel in SENDABLE]
    chosen = _choices(entry, known)
    if not chosen:
        _wrong(entry, "no channel is named.", f"Name some of {', '.join(known)}, in order.")
    for item in entry.items():
        if chosen.count(item.text()) > 1:
            _wrong(item, f"{item.text()} stands here twice.", "Name each channel once.")
    return tuple(Channel(value) for value in chosen)


def _choices(entry: Entry | None, known: Sequence[str] | None) -> tuple[str, ...]:
    if entry is None:
        return ()
    return tuple(_choice(item, known, "") for item in entry.items())


def _choice(entry: Entry | None, known: Sequence[str] | None, default: str) -> str:
    if entry is None:
        return default
    value = entry.text()
    if known is not None and value not in known:
        _wrong(entry, f"{value} is not known here.", f"Known are: {', '.join(known)}.")
    return value


def _offset(entry: Entry) -> int:
    return _integer(entry, low=-_FARTHEST_DAYS, high=_FARTHEST_DAYS)


def _number(fields: Mapping[str, Entry], name: str, default: int, *, low: int, high: int) -> int:
    return _integer(fields[name], low=low, high=high) if name in fields else default


def _integer(entry: Entry, *, low: int, high: int) -> int:
    try:
        value = int(entry.text())
    except ValueError:
        _wrong(entry, f"{entry.text()} is no whole number.", f"Write one from {low} to {high}.")
    if not low <= value <= high:
        _wrong(entry, f"{value} is out of range.", f"Write one from {low} to {high}.")
    return value


def _clock(entry: Entry) -> int:
    match = _CLOCK.fullmatch(entry.text())
    if match is None:
        _wrong(entry, f"{entry.text()} is no time of day.", 'Write it as "09:00".')
    return int(match.group(1)) * 60 + int(match.group(2))


def _short(entry: Entry) -> str:
    value = entry.text()
    if len(value) > 31 or not re.fullmatch(r"[\w.\-]+", value):
        _wrong(entry, f"{value!r} cannot be a name.", "Use up to 31 letters, digits, . - and _.")
    return value


def _wrong(entry: Entry, what: str, hint: str) -> NoReturn:
    raise entry.wrong(what, hint=hint)

"""Ask the advisory service about every locked package, and judge the answer by .ci/audit-allow.toml.

pip-audit cannot stand in the lock: it needs a newer `packaging` than Rasa allows. CI makes an environment
for it (see .ci/run) and calls this with its path. Only the standard library is used here.

Usage: audit.py PIP_AUDIT LOCK ALLOW. Leaves with 1 for an advisory that is not allowed or whose reason has
run out; with 0, and a warning, when the service cannot be reached.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

_WAIT_SECONDS = 240


class BadAllowList(Exception):
    """The allow-list cannot be read, or says too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    package: str
    ids: frozenset[str]
    reason: str
    until: date


def read_allow_list(text: str) -> tuple[Allowed, ...]:
    """Raises BadAllowList."""
    found = []
    try:
        entries = tomllib.loads(text).get("allow", [])
        for entry in entries:
            one = Allowed(
                package=_name(entry["package"]),
                ids=frozenset(entry["ids"]),
                reason=entry["reason"].strip(),
                until=entry["until"],
            )
            if len(one.reason) < 20 or not isinstance(one.until, date) or not one.ids:
                raise BadAllowList(f"{one.package}: a reason, ids and a day are needed.")
            found.append(one)
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise BadAllowList(f"The allow-list cannot be read: {error!r}.") from None
    return tuple(found)


def judge(
    report: dict[str, Any], allowed: tuple[Allowed, ...], today: date
) -> tuple[list[str], list[str]]:
    """(what must be mended, what is only worth knowing), in words."""
    wrong, notes, used = [], [], set()
    for package in report.get("dependencies", []):
        name = _name(package["name"])
        for advisory in package.get("vulns", []):
            ids = {advisory["id"], *advisory.get("aliases", [])}
            fixed = ", ".join(advisory.get("fix_versions", [])) or "nothing yet"
            what = f"{name} {package['version']}: {advisory['id']} (mended in {fixed})"
            fitting = [
                one for one in allowed if one.package == name and (one.ids & ids or "*" in one.ids)
            ]
            if not fitting:
                wrong.append(f"{what} is not on the allow-list.")
            elif all(one.until < today for one in fitting):
                wrong.append(f"{what}: its reason ran out on {fitting[0].until}.")
            else:
                used.update(fitting)
                notes.append(f"{what}: {fitting[0].reason}")
    notes += [
        f"{one.package}: nothing needs this entry any more." for one in allowed if one not in used
    ]
    return wrong, notes


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def _plain(lock: str) -> str:
    """The lock as names and versions: pip-audit then asks the service and resolves nothing."""
    found = re.findall(r"^([A-Za-z0-9][\w.\-]*==[^\s\\;]+)", lock, re.MULTILINE)
    return "\n".join(found) + "\n"


def ask(pip_audit: str, lock: Path) -> dict[str, Any] | None:
    """The report; None when the service did not answer."""
    with tempfile.TemporaryDirectory() as folder:
        plain, answer = Path(folder, "requirements.txt"), Path(folder, "answer.json")
        plain.write_text(_plain(lock.read_text("utf-8")), "utf-8")
        words = ["--requirement", str(plain), "--no-deps", "--disable-pip", "--format", "json"]
        words += ["--vulnerability-service", "osv"]  # a registry is not asked for every name
        try:
            done = subprocess.run(
                [pip_audit, *words, "--output", str(answer), "--progress-spinner", "off"],
                capture_output=True,
                text=True,
                timeout=_WAIT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"pip-audit could not be run: {type(error).__name__}.")
            return None
        try:
            return dict(json.loads(answer.read_text("utf-8")))
        except (OSError, ValueError):
            print("\n".join(done.stderr.splitlines()[-3:]))
            return None


def main() -> int:
    pip_audit, lock, allow = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    allowed = read_allow_list(allow.read_text("utf-8"))
    report = ask(pip_audit, lock)
    if report is None:
        print("WARNING: the advisory service did not answer; nothing was audited.")
        return 0
    wrong, notes = judge(report, allowed, date.today())
    for line in notes:
        print(f"known   {line}")
    for line in wrong:
        print(f"WRONG   {line}")
    print(
        f"{len(report.get('dependencies', []))} packages, {len(wrong)} to mend, {len(notes)} known."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

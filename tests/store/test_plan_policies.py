"""Policy files: the defaults say what they should, and a mistake is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lending.accounts import Product
from lending.plan_policy import STAFF_ONLY, Approval, Treatment
from lending.reliefs import CardInstalments, ReliefKind
from store.plan_policy_file import DEFAULT_POLICIES, BrokenPolicy, PolicyShelf, read_policy_file

PROFILES = ("US", "CN", "UK", "IN", "STRICT")
SHELF = PolicyShelf()

GOOD = """\
name: US
version: "1"
products:
  instalment_loan:
    reliefs:
      deferral: {most_days: 10}
      rate_cut: {approval: staff, rates_bp: [300]}
"""


def written(folder: Path, text: str, name: str = "us.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("product", list(Product))
def test_there_is_a_policy_for_every_profile_and_product(profile: str, product: Product) -> None:
    policy = SHELF.policy(profile, product.value)
    assert policy.name == profile and policy.product == product.value
    assert policy.reliefs
    for kind in STAFF_ONLY & set(policy.reliefs):
        assert policy.reliefs[kind].approval is Approval.STAFF


def test_a_state_follows_its_country_and_the_unknown_the_strictest() -> None:
    assert SHELF.policy("US-CA", "credit_card").name == "US"
    assert SHELF.policy("FR", "credit_card").name == "STRICT"


def test_a_chinese_card_goes_up_to_sixty_instalments() -> None:
    allowance = SHELF.policy("CN", "credit_card").reliefs[CardInstalments.kind]
    assert max(allowance.counts) == 60 and allowance.approval is Approval.SELF


def test_nothing_is_capitalised_by_default() -> None:
    for profile in PROFILES:
        for product in Product:
            arrears = SHELF.policy(profile, product.value).arrears
            told = {arrears.principal, arrears.interest, arrears.fee, arrears.penalty}
            assert Treatment.CAPITALISE not in told


def test_the_lenders_own_file_replaces_the_default(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    shelf = PolicyShelf(tmp_path)
    assert set(shelf.policy("US", "instalment_loan").reliefs) == {
        ReliefKind.DEFERRAL,
        ReliefKind.RATE_CUT,
    }
    assert shelf.policy("UK", "instalment_loan") == SHELF.policy("UK", "instalment_loan")


def test_a_product_that_no_file_speaks_of_gets_nothing_of_another_country(tmp_path: Path) -> None:
    for name in [path.stem for path in DEFAULT_POLICIES.glob("*.yaml")]:
        written(tmp_path, GOOD.replace("US", name.upper()), f"{name}.yaml")
    assert not PolicyShelf(tmp_path).policy("US", "credit_card").reliefs


@pytest.mark.parametrize(
    ("wrong", "line", "said"),
    [
        (GOOD.replace("most_days: 10", "most_dais: 10"), 6, "most_dais"),
        (GOOD.replace("most_days: 10", "most_days: ten"), 6, "most_days"),
        (GOOD.replace("most_days: 10", "months: [1]"), 6, "most_days is missing"),
        (GOOD.replace("{most_days: 10}", "{most_days: 10, counts: [1]}"), 6, "does not take"),
        (GOOD.replace("approval: staff, ", ""), 7, "approval must be staff"),
        (GOOD.replace("[300]", "[300, 300]"), 7, "twice"),
        (GOOD.replace("deferral", "card_instalments"), 6, "cannot have this relief"),
        (GOOD.replace("deferral", "delay"), 6, "delay"),
        (GOOD + "    arrears: {principal: waive}\n", 8, "never waived"),
        (GOOD + "    days_past_due: [9, 3]\n", 8, "first is after the last"),
        (GOOD + "    second_roles: []\n", 8, "somebody"),
        (GOOD + "    watch_days: -1\n", 8, "watch_days"),
        (GOOD + "    least_payment: {usd: 100}\n", 8, "least_payment"),
        (GOOD.replace("name: US", "name: CN"), 1, "not named"),
        (GOOD + "  x: [\n", 9, ""),
        (GOOD.replace("version", "name"), 2, "twice"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, wrong: str, line: int, said: str) -> None:
    with pytest.raises(BrokenPolicy) as caught:
        read_policy_file(written(tmp_path, wrong))
    assert f"us.yaml, line {line}" in caught.value.message
    assert said in caught.value.message
    assert caught.value.hint


def test_a_missing_folder_or_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenPolicy, match="TIDEOVER_PLAN_POLICY_DIR"):
        PolicyShelf(tmp_path / "nowhere")
    (tmp_path / "us.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenPolicy, match="cannot be read"):
        PolicyShelf(tmp_path)

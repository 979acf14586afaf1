"""The cases of all rules together."""

from tests.compliance import (
    cases_cn_in,
    cases_house,
    cases_states,
    cases_strict,
    cases_uk,
    cases_us,
    cases_us_more,
)

CASES = [
    *cases_house.CASES,
    *cases_us.CASES,
    *cases_us_more.CASES,
    *cases_states.CASES,
    *cases_cn_in.CASES,
    *cases_uk.CASES,
    *cases_strict.CASES,
]

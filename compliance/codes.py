"""The codes that describe a text: what it conveys, and what is wrong with it."""

DISCLOSURES = frozenset(
    {
        "identity",
        "purpose",
        "opt_out",
        "us_18e1",
        "us_18e2",
        "no_personal_liability",
        "in_agent_particulars",
    }
)

CATEGORIES = frozenset(
    {
        "threat_violence",
        "threat_arrest",
        "threat_illegal_action",
        "threat_lawsuit",
        "false_legal_claim",
        "false_amount",
        "false_urgency",
        "impersonates_authority",
        "impersonates_attorney",
        "simulated_legal_process",
        "deceptive_purpose",
        "shame",
        "obscene",
        "third_party_disclosure",
        "inducing_borrowing",
        "overshadowing",
        "pressure_vulnerable",
    }
)

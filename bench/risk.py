"""The early-warning score beside a plain logistic regression on the raw columns, in the same folds.

python -m bench.risk CARD_DEFAULT.csv [--write FILE.md] [--picture FILE.png]

The file is that of Yeh and Lien (2009), "Default of Credit Card Clients", UCI Machine Learning
Repository, CC BY 4.0, with the columns of docs/early-warning.md.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from bench.machine import machine
from console.card_histories import PEOPLE, CardHistory, read_card_histories
from console.risk_training import GroupFairness, Quality, Sample, fairness, plain_auc, train
from lending.behaviour import features_of

CURRENCY = "TWD"
PUBLISHED = (0.77, 0.79)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--write", type=Path)
    arguments.add_argument("--picture", type=Path)
    chosen = arguments.parse_args()
    lines = read_card_histories(chosen.file, CURRENCY)
    samples = [
        Sample(features=features_of(line.history), missed=line.missed, group=line.id)
        for line in lines
    ]
    started = time.perf_counter()
    card, quality = train(samples, CURRENCY)
    seconds = time.perf_counter() - started
    peer = plain_auc(
        np.array([line.raw for line in lines]),
        np.array([line.missed for line in lines]),
        np.array([line.id for line in lines]),
    )
    groups = {
        name: fairness(samples, quality, card, [_group(line, name) for line in lines])
        for name in PEOPLE
    }
    report = _report(len(lines), quality, peer, seconds, groups)
    print(report)
    if chosen.write:
        chosen.write.write_text(report, "utf-8")
    if chosen.picture:
        _draw(chosen.picture, quality, peer)


def _group(line: CardHistory, name: str) -> str:
    value = line.person[name]
    return f"{int(value) // 10 * 10}s" if name == "age" else value


def _report(
    count: int,
    quality: Quality,
    peer: float,
    seconds: float,
    groups: dict[str, list[GroupFairness]],
) -> str:
    lines = [
        "# Early warning on 30,000 real card accounts",
        "",
        f"{machine()}",
        "",
        f"{count:,} accounts, six months each; five folds, no account in training and in test. "
        f"Trained five times and once more in {seconds:.0f} s.",
        "",
        "| | AUC, mean | lowest fold | highest fold | Brier score |",
        "|---|---|---|---|---|",
        f"| scorecard over behaviour | {quality.auc:.4f} | {quality.auc_low:.4f} "
        f"| {quality.auc_high:.4f} | {quality.brier:.4f} |",
        f"| plain logistic regression, raw columns | {peer:.4f} | | | |",
        f"| published for this data | {PUBLISHED[0]} to {PUBLISHED[1]} | | | |",
        "",
        "Calibration, a tenth of the accounts each:",
        "",
        "| tenth | predicted | missed |",
        "|---|---|---|",
        *(
            f"| {number} | {predicted:.1%} | {observed:.1%} |"
            for number, (predicted, observed) in enumerate(quality.calibration, 1)
        ),
        "",
        "Fairness: these columns are never scored on; codes are those of the data's publishers.",
    ]
    for name, rows in groups.items():
        lines += [
            "",
            f"| {name} | people | missed | predicted | offered help | AUC |",
            "|---|---|---|---|---|---|",
        ]
        for row in rows:
            auc = "-" if row.auc is None else f"{row.auc:.3f}"
            lines.append(
                f"| {row.group} | {row.people:,} | {row.missed_share:.1%} "
                f"| {row.predicted_share:.1%} | {row.helped_share:.1%} | {auc} |"
            )
    return "\n".join(lines) + "\n"


def _draw(path: Path, quality: Quality, peer: float) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 4))
    predicted, observed = zip(*quality.calibration, strict=True)
    left.plot([0, 0.8], [0, 0.8], color="#bbbbbb", linestyle="--")
    left.plot(predicted, observed, marker="o", color="#1f5c66")
    left.set(title="Calibration", xlabel="predicted share missed", ylabel="share missed")
    names = ["raw columns,\nplain regression", "behaviour\nscorecard"]
    right.bar(names, [peer, quality.auc], color=["#bbbbbb", "#1f5c66"], width=0.5)
    right.axhspan(*PUBLISHED, color="#1f5c66", alpha=0.15, label="published for this data")
    right.set(title="AUC on accounts not seen", ylim=(0.65, 0.82))
    right.legend(loc="upper left")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()

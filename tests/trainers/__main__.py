"""Publishes a demo shop and a project with labels, and does with both what their cards say, with every reader.

Usage: python tests/trainers BINARY FOLDER. Every ```python block of the card runs as it stands, in the snapshot's folder,
in a process of its own. With the snapshot's features each trainer must beat a scorer that knows nothing on the test
split; with the features shuffled it must not.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy
from huggingface_hub import DatasetCard

import snapshots
import traps
from card import Block, python_blocks
from expectations import check, require
from publishing import publish_labels, publish_rankings
from ranking_quality import bounds_of_mean, ndcg_by_chance, ndcg_of_queries
from snapshots import Snapshot

TRAINERS = ("LightGBM", "XGBoost", "CatBoost")
N_SHUFFLES = 5
# NDCG@5 that a model must be ahead of chance by; its interval must not hold chance.
MARGIN = 0.05
# What shuffled features may seem to give, as a part of what the real ones give.
CHANCE_PART = 1 / 3
# How far from chance the order of the rows may bring a constant scorer.
ORDER_TOLERANCE = 0.03


class Workplace:
    """The folder in which blocks leave what they found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts_path = folder / "facts.json"
        self.environment = {
            **os.environ,
            "HF_HOME": str(folder / "huggingface"),
            "HF_HUB_OFFLINE": "1",
            "RAY_USAGE_STATS_ENABLED": "0",
        }

    def run(self, block: Block, snapshot: Snapshot) -> dict:
        """What the block left behind; the end of all where it failed."""
        ran = self.attempt(block, snapshot)
        said = ran.stdout[-2000:] + ran.stderr[-4000:]
        require(ran.returncode == 0, f"the block under \"{block.heading}\" failed:\n{said}")
        return json.loads(self.facts_path.read_text())

    def attempt(self, block: Block, snapshot: Snapshot) -> subprocess.CompletedProcess:
        block_path = self.folder / "block.py"
        block_path.write_text(block.source)
        self.facts_path.unlink(missing_ok=True)
        script = Path(__file__).with_name("run_block.py")
        return subprocess.run(
            [sys.executable, script, block.heading, block_path, self.facts_path],
            cwd=snapshot.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )


def check_card(snapshot: Snapshot) -> list[Block]:
    """The blocks of a card whose head names every table, and whose hashes hold."""
    card = DatasetCard.load(snapshot.folder / "README.md")
    configs = [config["config_name"] for config in card.data.to_dict()["configs"]]
    tables = list(snapshot.configurations())
    require(sorted(configs) == sorted(tables), f"the card has configs {configs}, not {tables}")
    check_hashes = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    subprocess.run(check_hashes, cwd=snapshot.folder, check=True)
    return python_blocks(snapshot.folder / "README.md")


def check_lost_row(block: Block, snapshot: Snapshot, place: Workplace) -> None:
    """The card counts its rows: `datasets` refuses to load fewer."""
    lost = snapshots.without_last_row(snapshot, place.folder / "lost")
    ran = place.attempt(block, lost)
    is_refused = ran.returncode != 0 and "NonMatchingSplitsSizesError" in ran.stderr
    require(is_refused, "datasets loads a table that lost a row, and does not say so")


def quality(block: Block, snapshot: Snapshot, scores: list[float], place: Workplace) -> list[str]:
    """NDCG of the model, of chance and of shuffled features; stops where they are not as they must be."""
    labels = snapshot.labels_by_query("test")
    by_chance = numpy.array([ndcg_by_chance(group) for group in labels])
    model = ndcg_of_queries(labels, scores)
    of_shuffled = []
    for seed in range(N_SHUFFLES):
        moved = snapshots.shuffled(snapshot, place.folder / "shuffled", seed)
        found = place.run(block, moved)["scores"]
        of_shuffled.append(ndcg_of_queries(labels, found))
    shuffled = numpy.mean(of_shuffled, axis=0)
    low, high = bounds_of_mean(model - by_chance)
    gain, shuffled_gain = (model - by_chance).mean(), (shuffled - by_chance).mean()
    require(
        low > 0 and gain >= MARGIN,
        f"{block.heading}: ahead of chance by {low:.3f} to {high:.3f} NDCG, which is not clear",
    )
    shuffled_low, _ = bounds_of_mean(shuffled - by_chance)
    require(
        shuffled_low <= 0 and shuffled_gain < CHANCE_PART * gain,
        f"{block.heading}: shuffled features are ahead of chance by {shuffled_gain:.3f} NDCG",
    )
    return [f"{values.mean():.3f}" for values in (model, by_chance, shuffled)]


def check_order(snapshot: Snapshot, place: Workplace) -> None:
    """The order of the rows tells a constant scorer nothing; in order of label it tells everything."""
    ours = traps.measure(snapshot)
    sorted_rows = traps.measure(snapshots.best_first(snapshot, place.folder / "best_first"))
    print("\nNDCG@5 of a constant scorer on the training split")
    for trainer in ("LightGBM", "XGBoost"):
        print(
            f"{trainer:22} {ours[trainer]:.3f} as published, {sorted_rows[trainer]:.3f} with rows in "
            f"order of label; chance gives {ours['chance']:.3f}"
        )
        is_neutral = abs(ours[trainer] - ours["chance"]) <= ORDER_TOLERANCE
        require(is_neutral, f"{trainer} sees {ours[trainer]:.3f} in a constant scorer")
        require(sorted_rows[trainer] > 0.999, f"{trainer} does not fall into the trap any more")


def print_line(reader: str, facts: dict, figures: list[str]) -> None:
    model, chance, shuffled = figures
    rows = "" if facts["rows"] is None else facts["rows"]
    print(
        f"{reader[:22]:22} {facts['version']:9} {rows:>6} {facts['seconds']:>8.1f} "
        f"{model:>7} {chance:>7} {shuffled:>9}",
        flush=True,
    )


def check_rankings(snapshot: Snapshot, place: Workplace) -> None:
    blocks = check_card(snapshot)
    missing = set(TRAINERS) - {block.heading for block in blocks}
    require(not missing, f"the card has no lines for {sorted(missing)}")
    require(bool(snapshot.manifest["features"]), "the demo has no features: nothing to train on")
    print(f"{'reader':22} {'version':9} {'rows':>6} {'seconds':>8} {'model':>7} {'chance':>7} {'shuffled':>9}")
    for block in blocks:
        facts = place.run(block, snapshot)
        check(block.heading, facts, snapshot)
        figures = ["", "", ""]
        if block.heading in TRAINERS:
            require("scores" in facts, f"the lines for {block.heading} train nothing")
            figures = quality(block, snapshot, facts["scores"], place)
        if block.heading == "Hugging Face datasets":
            check_lost_row(block, snapshot, place)
        print_line(block.heading, facts, figures)
    check_order(snapshot, place)


def check_labels(snapshot: Snapshot, place: Workplace) -> None:
    print("\nA classification project")
    for block in check_card(snapshot):
        facts = place.run(block, snapshot)
        check(block.heading, facts, snapshot)
        print_line(block.heading, facts, ["", "", ""])


def main() -> None:
    binary, folder = (Path(argument).resolve() for argument in sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    place = Workplace(folder)
    check_rankings(publish_rankings(binary, folder), place)
    check_labels(publish_labels(binary, folder), place)


if __name__ == "__main__":
    main()

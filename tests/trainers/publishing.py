"""Makes what is read: a demo shop with rankings, and a small project with labels."""

import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow
import pyarrow.parquet

from snapshots import Snapshot

EXAMPLE = Path(__file__).parents[2] / "data/examples/opening_hours"
N_LOCATIONS = 40
WORKERS = ("ada", "ben", "cleo")
ANSWERS = ("as_listed", "changed", "closed")


def publish_rankings(binary: Path, folder: Path) -> Snapshot:
    demo = folder / "demo"
    subprocess.run([binary, "--quiet", "demo", demo], check=True, stdout=subprocess.DEVNULL)
    return Snapshot.current(demo / "published")


def publish_labels(binary: Path, folder: Path) -> Snapshot:
    """The example as it stands, on answers of three workers of whom one is often wrong."""
    project = folder / "labels"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(EXAMPLE, project)
    (project / "responses").mkdir()
    pyarrow.parquet.write_table(answers(), project / "responses" / "part-0.parquet")
    run = [binary, "--quiet", "run", "--config", project / "crowdrank.toml"]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
    return Snapshot.current(project / "published")


def answers() -> pyarrow.Table:
    begin = datetime(2026, 11, 2, 8, tzinfo=timezone.utc)
    rows = []
    for location in range(N_LOCATIONS):
        for worker_idx, worker_id in enumerate(WORKERS):
            is_wrong = worker_idx == 2 and location % 3 == 0
            taken_at = begin + timedelta(minutes=5 * location + worker_idx)
            rows.append(
                {
                    "assignment_id": f"a{location}-{worker_idx}",
                    "location_id": f"location-{location:03}",
                    "pool_id": "week-1",
                    "worker_id": worker_id,
                    "status": "ACCEPTED",
                    "created_at": taken_at,
                    "submitted_at": taken_at + timedelta(seconds=40),
                    "accepted_at": taken_at + timedelta(minutes=1),
                    "answer": ANSWERS[(location + is_wrong) % len(ANSWERS)],
                }
            )
    return pyarrow.Table.from_pylist(rows)

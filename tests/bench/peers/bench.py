"""One binary, one folder of data sets, and what was measured so far; the cases decide what is measured.

Like `measuring` it loads no heavy module: data are written, ranked and judged by processes of their own.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import statements
from measuring import REPEATS, Cost, Limits, measured, measured_empty

# As short as a person would write it: the commands are printed.
HERE = Path(os.path.relpath(Path(__file__).parent))
PYTHON = os.path.relpath(sys.executable)


@dataclass
class Row:
    """One line of a table."""

    name: str
    command: str
    n_answers: int
    cost: Cost
    start_up: Cost
    tau: float | None = None
    collapsed_share: float | None = None

    @property
    def own_cpu_seconds(self) -> float:
        return self.cost.cpu_seconds - self.start_up.cpu_seconds


@dataclass
class DataSet:
    folder: Path
    n_answers: int

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def answers(self) -> str:
        return str(self.folder / "answers.parquet")


@dataclass
class Bench:
    binary: str
    folder: Path
    real: Path
    limits: Limits
    scale: float
    start_ups: dict[str, Cost] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)

    def prepare(self) -> None:
        listing = [self.binary, "--quiet", "sql", "--format", "csv", "-c", statements.FUNCTIONS]
        self.functions = set(subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split())

    def data_set(self, kind: str, source: int | Path) -> DataSet:
        """Written once and kept, as its name tells all that it depends on."""
        is_real = isinstance(source, Path)
        folder = self.folder / (kind if is_real else f"{kind}-{source}")
        if not (folder / "answers.parquet").exists():
            self.python("data_sets.py", str(folder), kind, str(source))
        n_answers = int(self.python("judge.py", "--count", str(folder)))
        return DataSet(folder, n_answers)

    def python(self, script: str, *arguments: str) -> str:
        run = [PYTHON, "-B", str(HERE / script), *arguments]
        return subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True).stdout

    def start_up(self, key: str, command: list[str]) -> Cost:
        """What an empty process of the same kind takes."""
        if key not in self.start_ups:
            self.start_ups[key] = measured_empty(command, self.folder / "ranked" / "nothing", self.limits)
        return self.start_ups[key]

    def crowdrank(self, name: str, data_set: DataSet, statement: str, is_ranking: bool = True) -> Row:
        """Ranks with the binary; a statement of several parts has results that Parquet cannot hold."""
        output_format = "ndjson" if ";" in statement else "parquet"
        ending = "json" if ";" in statement else "parquet"
        run = [self.binary, "--quiet", "sql", "-c", statement, "--format", output_format]
        output = self.folder / "ranked" / f"{data_set.name}.{file_name(name)}.{ending}"
        progress(f"crowdrank {name}", data_set)
        # Only its time is limited: an engine maps more than it touches.
        cost = measured(run, output, Limits(self.limits.seconds, memory_gib=None))
        empty = self.start_up("crowdrank", [self.binary, "--quiet", "sql", "-c", "select 1"])
        shown = f'crowdrank --quiet sql -c "{statement}" --format {output_format} > {output}'
        row = Row(f"crowdrank {name}", shown, data_set.n_answers, cost, empty)
        if is_ranking:
            self.judge(row, output, data_set)
        return row

    def peer(self, peer: str, data_set: DataSet, is_weighted: bool = False, repeats: int = REPEATS) -> Row:
        script = [PYTHON, "-B", str(HERE / "rank_with.py"), peer]
        output = self.folder / "ranked" / f"{data_set.name}.{file_name(peer)}.parquet"
        run = [*script, data_set.answers, str(output), *(["--weighted"] if is_weighted else [])]
        progress(peer, data_set)
        cost = measured(run, self.folder / "ranked" / "nothing", self.limits, repeats)
        # All methods of a package load the same.
        empty = self.start_up(peer.split(".")[0], script)
        row = Row(peer, " ".join(run), data_set.n_answers, cost, empty)
        self.judge(row, output, data_set)
        return row

    def judge(self, row: Row, output: Path, data_set: DataSet) -> None:
        if row.cost.problem is not None:
            return
        agreement = json.loads(self.python("judge.py", str(output), str(data_set.folder)))
        row.tau, row.collapsed_share = agreement["tau"], agreement["collapsed_share"]


def progress(name: str, data_set: DataSet) -> None:
    print(f"{name} on {data_set.name}", file=sys.stderr, flush=True)


def file_name(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in text)

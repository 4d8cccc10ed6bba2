"""Writes measured rows as text for people; progress alone goes elsewhere, to stderr."""

from bench import Row
from cases import Table

# What is less beside the start-up, in CPU seconds or as a share of it, is noise and gives no rate.
CPU_SECONDS_MIN = 0.02
START_UP_SHARE_MIN = 0.1

HEADINGS = [
    "what", "answers", "CPU s", "start-up", "wall s", "MiB", "start-up", "answers/CPU s", "ours is", "tau", "collapsed"
]  # fmt: skip


def rate(row: Row) -> float | None:
    """Answers per CPU second beside the start-up."""
    noise = max(CPU_SECONDS_MIN, START_UP_SHARE_MIN * row.start_up.cpu_seconds)
    is_whole = row.cost.problem is None and row.start_up.problem is None
    is_measured = is_whole and row.own_cpu_seconds >= noise
    return row.n_answers / row.own_cpu_seconds if is_measured else None


def cells(number: int, row: Row, ours: float | None) -> list[str]:
    own = rate(row)
    costs = [
        f"{row.cost.cpu_seconds:.2f}",
        f"{row.start_up.cpu_seconds:.2f}",
        f"{row.cost.seconds:.2f}",
        f"{row.cost.peak_mib:.0f}",
        f"{row.start_up.peak_mib:.0f}",
    ]
    return [
        f"[{number}] {row.name}",
        f"{row.n_answers:,}",
        *costs,
        "-" if own is None else f"{own:,.0f}",
        "-" if own is None or ours is None else f"{ours / own:,.2f} x",
        "-" if row.tau is None else f"{row.tau:.3f}",
        "-" if row.collapsed_share is None else f"{row.collapsed_share:.1%}",
    ]


def print_table(table: Table) -> None:
    print(f"\n== {table.title}")
    for note in table.notes:
        print(note)
    ours = rate(table.rows[0]) if table.rows else None
    numbered = list(enumerate(table.rows, start=1))
    lines = [HEADINGS, *(cells(number, row, ours) for number, row in numbered if row.cost.problem is None)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    for line in lines if table.rows else []:
        padded = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        print("  ".join(padded))
    for number, row in numbered:
        if row.cost.problem is not None:
            print(f"[{number}] {row.name}: {row.cost.problem} ({row.cost.seconds:.0f} s, {row.cost.peak_mib:.0f} MiB)")
        if row.start_up.problem is not None:
            print(f"[{number}] {row.name}, start-up: {row.start_up.problem}")
        if row.cost.warning is not None:
            print(f"[{number}] {row.cost.warning}")
    for number, row in numbered:
        print(f"  [{number}] {row.command}")

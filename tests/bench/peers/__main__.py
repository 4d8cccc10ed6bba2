#!/usr/bin/env python3
"""Measures crowdrank beside the peers that rank side-by-side answers, each run in its own process.

Usage: python tests/bench/peers BINARY [--cases groups,graph,real,spammers] [--scale 1] [--time-limit 120]
Prints CPU seconds (user + system), wall seconds, peak memory, the same of an empty process, and Kendall's
tau to the truth. Data sets are kept in target/bench/peers and made once. It judges nothing.
"""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

# The folder holds sources only.
sys.dont_write_bytecode = True

from bench import Bench  # noqa: E402
from cases import CASES  # noqa: E402
from measuring import Limits, machine  # noqa: E402
from tables import print_table  # noqa: E402

PEERS = ["evalica", "crowd-kit", "choix", "scikit-learn", "duckdb", "pandas", "numpy", "scipy"]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--cases", default=",".join(CASES), help="which of them, separated by commas")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the simulated answers")
    parser.add_argument("--time-limit", type=float, default=120.0, help="seconds that a run may take")
    parser.add_argument("--memory-limit", type=float, default=12.0, help="GiB that a peer may map")
    parser.add_argument("--folder", type=Path, default=Path("target/bench/peers"))
    parser.add_argument("--real", type=Path, default=Path("../shared/data"), help="the folder of real answers")
    arguments = parser.parse_args()
    arguments.cases = arguments.cases.split(",")
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"unknown cases {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    return arguments


def main() -> None:
    arguments = parse()
    bench = Bench(
        binary=str(arguments.binary.resolve()),
        folder=arguments.folder,
        real=arguments.real.resolve(),
        limits=Limits(arguments.time_limit, arguments.memory_limit),
        scale=arguments.scale,
    )
    print(f"{machine()}; {', '.join(f'{peer} {version(peer)}' for peer in PEERS)}", flush=True)
    bench.prepare()
    for case in arguments.cases:
        for table in CASES[case](bench):
            print_table(table)
            sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Runs one block of a card as it stands, in a process of its own, and says what came of it.

Usage: run_block.py HEADING BLOCK_FILE FACTS_FILE, in the snapshot's folder. The facts are JSON.
"""

import json
import sys
import time
from pathlib import Path

import facts


def main() -> None:
    heading, block_path, facts_path = sys.argv[1:]
    source = Path(block_path).read_text()
    names: dict = {"__name__": "__main__"}
    start = time.monotonic()
    exec(compile(source, block_path, "exec"), names)
    seconds = time.monotonic() - start
    found = facts.OF_READER[heading](names)
    Path(facts_path).write_text(json.dumps({"seconds": seconds, **found}))


if __name__ == "__main__":
    main()

"""Takes a snapshot's card apart: its Python blocks, each with the heading that it stands under."""

from dataclasses import dataclass
from pathlib import Path

FENCE = "```"


@dataclass(frozen=True)
class Block:
    heading: str
    source: str


def python_blocks(card: Path) -> list[Block]:
    """Every ```python block, as it stands."""
    blocks: list[Block] = []
    heading = ""
    fence: str | None = None
    lines: list[str] = []
    for line in card.read_text().splitlines():
        if fence is None and line.startswith("#"):
            heading = line.lstrip("# ")
        elif fence is None and line.startswith(FENCE):
            fence = line
            lines = []
        elif line == FENCE:
            if fence == f"{FENCE}python":
                blocks.append(Block(heading, "\n".join(lines) + "\n"))
            fence = None
        else:
            lines.append(line)
    return blocks

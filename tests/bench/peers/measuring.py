"""Runs one command in its own process and says what it cost; it knows neither crowdrank nor peers.

Its own process must stay small: a child inherits the peak memory of the one that started it. So nothing
here, nor what imports it, may load numpy or its kin.
"""

import os
import resource
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# Below this a run is repeated, as the noise of the machine would be a good part of it.
SHORT_SECONDS = 5.0
REPEATS = 3


@dataclass
class Limits:
    """What a command may take before it is stopped."""

    seconds: float
    memory_gib: float | None = None


@dataclass
class Cost:
    """What a command took; `problem` says why it did not end well."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    problem: str | None = None
    warning: str | None = None


def measured_once(command: list[str], output: Path, limits: Limits | None) -> Cost:
    """The cost of one run; its stdout goes to a file, CPU seconds are user + system of all threads."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with open(output, "wb") as stdout, tempfile.TemporaryFile("w+", errors="replace") as stderr:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        if limits is not None and limits.memory_gib is not None:
            n_bytes = int(limits.memory_gib * 2**30)
            resource.prlimit(process.pid, resource.RLIMIT_AS, (n_bytes, n_bytes))
        timer = threading.Timer(limits.seconds if limits else 1e6, process.kill)
        timer.daemon = True
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        stderr.seek(0)
        said = [line.strip() for line in stderr if line.strip()]
    cost = Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    if process.returncode != 0:
        is_late = limits is not None and seconds >= limits.seconds
        last = said[-1][:160] if said else f"status {process.returncode}"
        cost.problem = f"stopped after {limits.seconds:.0f} s" if is_late else last
    cost.warning = next((line for line in said if line.startswith("warning: ")), None)
    return cost


def measured(command: list[str], output: Path, limits: Limits | None = None, repeats: int = REPEATS) -> Cost:
    """The run of the median CPU seconds among up to `repeats`; long runs and failures are not repeated."""
    costs = [measured_once(command, output, limits)]
    while len(costs) < repeats and costs[0].seconds < SHORT_SECONDS and costs[-1].problem is None:
        costs.append(measured_once(command, output, limits))
    return costs[-1] if costs[-1].problem is not None else median(costs)


def measured_empty(command: list[str], output: Path, limits: Limits) -> Cost:
    """The cost of a process that does nothing: all rows of its kind hang on it, so one bad run must not count."""
    # The first one reads files that no later one has to wait for.
    costs = [measured_once(command, output, limits) for _ in range(1 + REPEATS)][1:]
    return median([cost for cost in costs if cost.problem is None] or costs)


def median(costs: list[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.cpu_seconds)[len(costs) // 2]


def machine() -> str:
    with open("/proc/cpuinfo") as lines:
        cpu = next((line.split(":")[1].strip() for line in lines if "model name" in line), "?")
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {cpu}, {gib:.0f} GiB, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}"

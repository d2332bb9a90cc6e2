"""What processes cost, from Linux' ``/proc``.

A tree of processes is counted with the children that have ended: Postgres makes a backend for each
connection, and what one used shows up in its parent's children's time when it is gone.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class ProcessTimes:
    """One line of ``/proc/<pid>/stat``, in clock ticks."""

    pid: int
    parent: int
    own_ticks: int
    """In user and kernel mode, all threads."""
    ended_children_ticks: int

    @classmethod
    def parse(cls, line: str) -> "ProcessTimes":
        """Reads a line; the name in it is in parentheses and may hold any characters."""
        head, _, rest = line.rpartition(")")
        fields = rest.split()
        return cls(
            pid=int(head.split(" ", 1)[0]),
            parent=int(fields[1]),
            own_ticks=int(fields[11]) + int(fields[12]),
            ended_children_ticks=int(fields[13]) + int(fields[14]),
        )


def processes(proc: Path = PROC) -> dict[int, ProcessTimes]:
    """Returns all processes by id."""
    return {times.pid: times for times in _read_all(proc)}


def _read_all(proc: Path) -> Iterator[ProcessTimes]:
    for folder in proc.iterdir():
        if folder.name.isdecimal():
            try:
                yield ProcessTimes.parse((folder / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended


def tree(root: int, all_processes: Mapping[int, ProcessTimes]) -> list[ProcessTimes]:
    """Returns a process and everything below it; nothing if it does not exist."""
    children: dict[int, list[int]] = {}
    for times in all_processes.values():
        children.setdefault(times.parent, []).append(times.pid)
    found: list[ProcessTimes] = []
    pending = [root] if root in all_processes else []
    while pending:
        pid = pending.pop()
        found.append(all_processes[pid])
        pending += children.get(pid, [])
    return found


def tree_seconds(root: int, all_processes: Mapping[int, ProcessTimes]) -> float:
    """Returns the CPU time of a process and everything it ever started, in seconds."""
    ticks = sum(t.own_ticks + t.ended_children_ticks for t in tree(root, all_processes))
    return ticks / TICKS_PER_SECOND


def machine_seconds(proc: Path = PROC) -> tuple[float, float]:
    """Returns the time all cores were busy, and the time they were idle, since the start."""
    fields = [int(text) for text in (proc / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]  # idle, waiting for a disk
    return (sum(fields) - idle) / TICKS_PER_SECOND, idle / TICKS_PER_SECOND


def peak_resident_bytes(pid: int, proc: Path = PROC) -> int:
    """Returns the most memory a living process has held so far (VmHWM)."""
    for line in (proc / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0  # a zombie


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds by group of processes, and of the whole machine."""

    groups: dict[str, float] = field(default_factory=dict)
    busy: float = 0.0
    idle: float = 0.0

    def __sub__(self, earlier: "Usage") -> "Usage":
        groups = {name: used - earlier.groups[name] for name, used in self.groups.items()}
        return Usage(groups, self.busy - earlier.busy, self.idle - earlier.idle)

    @property
    def others(self) -> float:
        """What everything else on the machine used."""
        return max(0.0, self.busy - sum(self.groups.values()))


class Meter:
    """Reads the usage of groups, each given by its root process."""

    def __init__(self, roots: Mapping[str, int], proc: Path = PROC) -> None:
        self._roots = dict(roots)
        self._proc = proc

    def read(self) -> Usage:
        """Returns the usage up to now.

        A process that ends while the list is read could be missed, or found both as itself and in
        its parent's time: lists are read until two agree about who is alive.
        """
        before = processes(self._proc)
        for _ in range(ATTEMPTS):
            now = processes(self._proc)
            if all(_pids(root, before) == _pids(root, now) for root in self._roots.values()):
                break
            before = now
        else:
            raise RuntimeError("processes come and go too fast to count them")
        groups = {name: tree_seconds(root, now) for name, root in self._roots.items()}
        return Usage(groups, *machine_seconds(self._proc))


def _pids(root: int, all_processes: Mapping[int, ProcessTimes]) -> set[int]:
    return {times.pid for times in tree(root, all_processes)}

from pathlib import Path

import pytest

from tests.bench import cpu
from tests.bench.cpu import Meter, ProcessTimes

TICKS = cpu.TICKS_PER_SECOND


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "stat").write_text("cpu  100 5 45 700 50 4 6 0 0 0\ncpu0 1 2 3 4\n")
    return tmp_path


def add(proc: Path, pid: int, parent: int, own: int = 0, ended: int = 0) -> None:
    """Adds a process whose time is half user, half kernel, in seconds."""
    name = f"a ) {pid} (b"
    ticks = f"{own * TICKS - 1} 1 {ended * TICKS - 1} 1"
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "stat").write_text(f"{pid} ({name}) S {parent} 1 1 0 -1 0 9 9 9 9 {ticks} 20 0\n")
    (folder / "status").write_text(f"Name:\t{name}\nVmPeak:\t 9999 kB\nVmHWM:\t    {pid} kB\n")


def test_a_name_may_hold_anything() -> None:
    line = "7 (postgres: (x) y) R) S 3 7 7 0 -1 0 1 2 3 4 50 6 70 8 20 0 1"
    assert ProcessTimes.parse(line) == ProcessTimes(7, 3, own_ticks=56, ended_children_ticks=78)


def test_a_tree_counts_descendants_and_the_ended_but_no_strangers(proc: Path) -> None:
    add(proc, 10, parent=1, own=1, ended=20)  # a postmaster and its former backends
    add(proc, 11, parent=10, own=300)
    add(proc, 12, parent=11, own=4000, ended=50000)
    add(proc, 13, parent=1, own=600000)
    everything = cpu.processes(proc)
    assert {times.pid for times in cpu.tree(10, everything)} == {10, 11, 12}
    assert cpu.tree_seconds(10, everything) == 54321
    assert cpu.tree_seconds(13, everything) == 600000


def test_a_process_that_is_gone_has_used_nothing(proc: Path) -> None:
    assert cpu.tree_seconds(99, cpu.processes(proc)) == 0


def test_nothing_is_lost_when_a_child_ends_and_its_parent_notices(proc: Path) -> None:
    add(proc, 10, parent=1, own=2, ended=3)
    add(proc, 11, parent=10, own=5, ended=7)
    before = cpu.tree_seconds(10, cpu.processes(proc))
    for pid in (10, 11):
        for file in (proc / str(pid)).iterdir():
            file.unlink()
        (proc / str(pid)).rmdir()
    add(proc, 10, parent=1, own=2, ended=3 + 5 + 7)
    assert cpu.tree_seconds(10, cpu.processes(proc)) == before


def test_the_machine_waits_for_disks_while_it_is_idle(proc: Path) -> None:
    assert cpu.machine_seconds(proc) == (160 / TICKS, 750 / TICKS)


def test_a_meter_tells_groups_from_others(proc: Path) -> None:
    add(proc, 10, parent=1, own=1)
    add(proc, 20, parent=1, own=1)
    meter = Meter({"workers": 10, "postgres": 20}, proc)
    before = meter.read()
    add(proc, 11, parent=10, own=3)
    (proc / "stat").write_text(f"cpu  {100 + 5 * TICKS} 5 45 {700 + 2 * TICKS} 50 4 6 0 0 0\n")
    used = meter.read() - before
    assert used.groups == {"workers": 3, "postgres": 0}
    assert (used.busy, used.idle, used.others) == pytest.approx((5, 2, 2))


def test_the_peak_is_in_bytes(proc: Path) -> None:
    add(proc, 10, parent=1)
    assert cpu.peak_resident_bytes(10, proc) == 10 * 1024


def test_this_machine_can_be_read() -> None:
    everything = cpu.processes()
    assert cpu.tree_seconds(1, everything) > 0
    assert min(cpu.machine_seconds()) > 0

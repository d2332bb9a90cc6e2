"""What a worker says of itself to Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from renown_server.vitals import Vitals


def test_counters_follow_their_sums() -> None:
    registry = CollectorRegistry()
    sums = {"queued": 3.0, "visited": 0.0}
    vitals = Vitals(
        {("queued", "Waiting."): lambda: sums["queued"]},
        {("definitions_visited", "Looked at."): lambda: sums["visited"]},
        registry=registry,
    )
    seen = []
    for visited in (0, 7, 7, 12):
        sums["visited"] = visited
        vitals.publish()
        seen.append(registry.get_sample_value("renown_definitions_visited_total"))
    assert seen == [0, 7, 7, 12]
    assert registry.get_sample_value("renown_queued") == 3

"""What we are measured against, and the targets.

Peers: Nakama v3.40.0 (Go 1.26, PostgreSQL 15, fsync on, default settings, ranks enabled) on a
2-core machine, 64 requests in flight, 3 × 15 s, medians; noise 10 to 15 %. CPU is Nakama and
Postgres together, without the load generator. Measured for this project; rerun both sides in turn
for any claim. Where it was measured over gRPC and HTTP, the better one stands here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer's figures for the operation that comes closest."""

    what: str
    cpu_us: float | None
    ops_per_s: float
    p50_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a row should stay under: CPU µs an operation, all serving processes.

    A goal, if there is one, is what it should come to.
    """

    cpu_us: float | None = None
    goal_cpu_us: float | None = None
    p50_ms: float | None = None
    goal_p50_ms: float | None = None


AWARD = "award: wallet, ledger, progress, score, notification; 5 commits, not atomic"
PEERS = {
    "award": Peer(AWARD, 1984, 930, 66, 139),
    "award_1": Peer(f"{AWARD}; one at a time", None, 390, 2.4, 12),
    "credit": Peer("wallet update with ledger", 725, 2560, 24, 57),
    "profile": Peer("GetAccount of 64 users (gRPC)", 265, 6200, 6.5, 19),
    "score_10k": Peer("write a score, board of 10 k (gRPC)", 368, 4500, 15, 40),
    "score_1m": Peer("write a score, board of 1 M (HTTP)", 450, 4000, 15, 40),
    "rank_10k": Peer("10 entries around me, 10 k (gRPC)", 731, 2350, 29, 75),
    "rank_1m": Peer("10 entries around me, 1 M (HTTP)", 892, 2110, 29, 75),
    "top": Peer("top 100 (gRPC)", 655, 2750, 22, 56),
}

TARGETS = {
    "record_1": Target(p50_ms=2.5, goal_p50_ms=1.5),
    "record_64": Target(250, 180),
    "record_256": Target(200, 140),
    "record_batch": Target(150, 95),
    "record_cascade_64": Target(330, 230),
    "record_cascade_batch": Target(220, 130),
    "credit": Target(150, 110),
    "credit_batch": Target(60, 45),
    "debit": Target(150),
    "purchase": Target(260),
    "get_player": Target(70, 45),
    "submit_score": Target(140, 90),
    # At most 1.2 times the board of 10 k.
    "submit_score_1m": Target(168, 108),
    "submit_batch": Target(55, 40),
    "get_rank": Target(180, 100),
    "top": Target(220, 120),
}

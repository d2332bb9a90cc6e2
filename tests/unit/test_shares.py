"""What a run in several processes keeps together."""

from __future__ import annotations

import pytest

from tests.kit.shares import share_of


@pytest.mark.parametrize(
    ("node_id", "share"),
    [
        ("tests/chaos/test_expiry.py::test_a[native-batch.locked]", "tests/chaos"),
        ("tests/chaos/test_owner_killed.py::test_b[short]", "tests/chaos"),
        ("tests/e2e/test_store.py::test_c[aio]", "tests/e2e[aio]"),
        ("tests/e2e/test_wire_fuzz.py::test_d[native-GetWallet]", "tests/e2e[native]"),
        ("tests/e2e/test_bad_inputs.py::test_e[GetWallet-player_id-aio]", "tests/e2e[aio]"),
        ("tests/e2e/test_readme.py::test_f", "tests/e2e/test_readme.py"),
        ("tests/integration/test_x.py::test_g[native]", "tests/integration/test_x.py"),
        ("tests/unit/test_y.py::TestH::test_i", "tests/unit/test_y.py"),
    ],
)
def test_shares(node_id: str, share: str) -> None:
    assert share_of(node_id) == share

"""How a run in several processes (`pytest -n 2`) is divided among them."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

_TRANSPORT = re.compile(r"\[[^]]*\b(aio|native)\b")


def share_of(node_id: str) -> str:
    """Names the share of a test; those of a share run in one process and in their usual order.

    The chaos tests share one installation and its ports. The end-to-end tests share a server for
    each transport. The others share no more than their file.

    Args:
        node_id: `tests/e2e/test_store.py::test_offers[native]`.
    """
    path, _, name = node_id.partition("::")
    if path.startswith("tests/chaos/"):
        return "tests/chaos"
    transport = _TRANSPORT.search(name) if path.startswith("tests/e2e/") else None
    return f"tests/e2e[{transport[1]}]" if transport else path


class ShareScheduling(LoadScopeScheduling):  # type: ignore[misc]  # untyped
    """Hands out whole shares in the order they are collected in, which begins with the longest."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)

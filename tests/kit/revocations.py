"""Commands that take back, in one line."""

from __future__ import annotations

import itertools

from renown_server.activity.revoke import RevokeActivity, RevokeBody, revoke_activity
from renown_server.inventory.clawback import Policy
from renown_server.store.revoke import RevokePurchase, RevokePurchaseBody, revoke_purchase

OPERATOR = "key:operator"

_numbers = itertools.count(1)


def revoke(
    player_id: str,
    activity_id: str,
    policy: Policy = Policy.REFUSE,
    request_id: str = "",
    reason: str = "cheated",
) -> RevokeActivity:
    """An activity's revocation; under a new id unless one is given."""
    request_id = request_id or f"v-{next(_numbers)}"
    body = RevokeBody(request_id, player_id, activity_id, reason, policy.value)
    return revoke_activity(body, OPERATOR)


def undo(
    player_id: str,
    purchase_id: str,
    policy: Policy = Policy.REFUSE,
    request_id: str = "",
    *,
    keep_price: bool = False,
) -> RevokePurchase:
    """A purchase's revocation; under a new id unless one is given."""
    request_id = request_id or f"v-{next(_numbers)}"
    body = RevokePurchaseBody(
        request_id, player_id, purchase_id, "charged back", policy.value, keep_price
    )
    return revoke_purchase(body, OPERATOR)

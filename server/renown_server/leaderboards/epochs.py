"""What a shard of boards is worth: the value of its epoch key.

- missing, or `clearing:<token>`: nothing. What is there is not trusted, and nothing is added.
- `building:<token>`: entries are taken in and a rebuild fills in the rest; nobody reads.
- `ready:<identity>:<number>`: whole, if the database's witness agrees.
"""

from __future__ import annotations

from collections.abc import Mapping

from renown_server.leaderboards import scripts
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Link, call, exchange
from renown_server.leaderboards.store import Witness

Epoch = bytes | None


def ready(identity: str, number: int) -> bytes:
    """The epoch of a shard that holds all a number stands for.

    Args:
        identity: of the database.
        number: issued before what it stands for was read.
    """
    return f"ready:{identity}:{number}".encode()


def is_whole(epoch: Epoch, witness: Witness) -> bool:
    """Whether a shard holds everything that Postgres has forgotten to publish again.

    A number below the confirmed one: Valkey was set back. One that was never issued, or another
    database's: its boards are not ours.
    """
    if epoch is None:
        return False
    kind, _, rest = epoch.partition(b":")
    identity, _, number = rest.rpartition(b":")
    return (
        kind == b"ready"
        and identity == witness.identity.encode()
        and number.isdigit()
        and witness.confirmed <= int(number) <= witness.issued
    )


async def swap(link: Link, keys: Keys, expected: Mapping[int, Epoch], new: bytes) -> bool:
    """Sets the epochs of shards that are still what they are taken for.

    Returns:
        Whether all of them were.

    Raises:
        LinkLost, ResponseError: Valkey failed.
    """
    replies = await exchange(
        link,
        [
            call(scripts.SWAP, (keys.epochs[shard],), (epoch or b"", new))
            for shard, epoch in expected.items()
        ],
    )
    return all(replies)

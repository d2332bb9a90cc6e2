"""Reads everything back and compares it with the model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from renown.v1.trade_service_pb2 import TradeState
from tests.kit.economy_model import Player
from tests.kit.economy_model_goods import CAPACITY, ITEMS
from tests.kit.economy_model_trade import World
from tests.kit.economy_site import Site
from tests.kit.raw import BY_NAME, Code


def to_us(moment: Timestamp) -> int:
    """Microseconds; 0 if it is unset."""
    return moment.seconds * 1_000_000 + moment.nanos // 1000


class Reader:
    """Compares what the server shows.

    Attributes:
        real: the server's names of instances by the model's.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.real: dict[str, str] = {}

    def read(self, rpc: str, **fields: Any) -> Any:
        """Calls a method that only reads."""
        kind = BY_NAME[rpc]
        answer = self._site.run(self._site.raw.call(kind, kind.request(**fields)))
        assert answer.code is Code.OK, answer
        return kind.response.FromString(answer.body)

    def check(self, world: World, players: Iterable[str]) -> None:
        """Compares wallets, items, mail and levels."""
        for name in players:
            player = world.players[name]
            self._check_wallet(player)
            self._check_items(world, player)
            self._check_mail(world, player)
            progress = self.read("GetLevelProgress", player_id=name).progress
            assert (progress.level, progress.total_xp) == (player.level, player.xp), name

    def _check_wallet(self, player: Player) -> None:
        wallet = self.read("GetWallet", player_id=player.name).wallet
        found = {
            one.currency: (one.amount, one.lifetime_earned, one.lifetime_spent, one.debt)
            for one in wallet.balances
            if one.lifetime_earned or one.lifetime_spent or one.debt
        }
        assert found == player.wallet(), f"the wallet of {player.name}"

    def _check_items(self, world: World, player: Player) -> None:
        listed = self.read("ListItems", player_id=player.name, page_size=200)
        self._name(world, player, listed.items)
        found = {
            (one.item_id, one.instance_id): (
                one.quantity,
                to_us(one.expires_at),
                one.uses_remaining,
                one.slot,
            )
            for one in listed.items
        }
        expected = {
            (item, self.real.get(instance, instance)): (
                stack.quantity,
                stack.expires,
                stack.uses,
                player.worn(item, instance),
            )
            for item in ITEMS
            for instance, stack in player.live(item, world.now)
        }
        assert found == expected, f"the items of {player.name}"
        used = player.slots(world.now)
        assert listed.capacity == CAPACITY
        # What has expired takes its slots until somebody needs them.
        assert listed.used_slots == used, f"the slots of {player.name}"

    def _name(self, world: World, player: Player, items: Iterable[Any]) -> None:
        """Learns the names of new instances: both sides' rise in the order they were made."""
        known = set(self.real.values())
        for item in ITEMS:
            theirs = [
                one.instance_id
                for one in items
                if one.item_id == item and one.instance_id not in known and ITEMS[item]["instanced"]
            ]
            ours = [
                name
                for name, _ in player.live(item, world.now)
                if name.startswith("?") and name not in self.real
            ]
            self.real.update(zip(sorted(ours), sorted(theirs), strict=False))

    def _check_mail(self, world: World, player: Player) -> None:
        listed = self.read("ListMailbox", player_id=player.name, page_size=200).mail
        found = {
            int(one.mail_id): (
                sorted((each.currency, each.amount) for each in one.currencies),
                sorted((each.item_id, each.quantity) for each in one.items),
                to_us(one.expires_at),
            )
            for one in listed
        }
        expected = {
            number: (
                sorted(player.mail[number].currencies),
                sorted(player.mail[number].items),
                player.mail[number].expires,
            )
            for number in player.waiting(world.now)
        }
        assert found == expected, f"the mail of {player.name}"

    def check_ends(self, world: World, players: Iterable[str]) -> None:
        """Compares how trades and purchases stand."""
        for name in players:
            listed = self.read("ListTrades", player_id=name, page_size=200).trades
            found = {one.trade_id: TradeState.Name(one.state) for one in listed}
            expected = {
                trade: f"TRADE_STATE_{one.state}"
                for trade, one in world.trades.items()
                if name in (one.proposer, one.partner)
            }
            assert found == expected, f"the trades of {name}"
            bought = self.read("ListPurchases", player_id=name, page_size=200).purchases
            assert {one.purchase_id: one.HasField("revoked_at") for one in bought} == {
                purchase: one.revoked
                for purchase, one in world.purchases.items()
                if one.player == name
            }, f"the purchases of {name}"

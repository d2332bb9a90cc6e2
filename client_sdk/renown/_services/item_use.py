"""The half of `game.inventory` that uses items: consume, activate, open, equip."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from dataclasses import dataclass

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.inventory import EquippedItem, EquipResult, RewardsReceived
from renown._wire import inventory as wire
from renown._wire.scalars import to_quantity
from renown.v1 import inventory_service_pb2 as pb
from renown.v1.inventory_service_pb2_grpc import InventoryServiceStub


@dataclass(frozen=True, slots=True)
class ItemUse:
    """Uses what a player owns."""

    caller: Caller
    stub: InventoryServiceStub

    async def consume(
        self,
        player_id: str,
        item_id: str,
        *,
        instance_id: str = "",
        quantity: int = 1,
        environment: str = "",
        activity: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> RewardsReceived:
        """Uses up consumables and gives their effects.

        Args:
            player_id: the player.
            item_id: the item.
            instance_id: names an instance; when empty, what expires first is used.
            quantity: how many to use, 1 to 1,000.
            environment: where the player is, if the item asks.
            activity: what the player does, if the item asks.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            InsufficientItems: the player has too few.
            NotUsable, ItemCooldown, LevelTooLow, WrongContext: not this, not
                now, not here.
            InventoryFull, BalanceCap: what it gives finds no room.
            ItemNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.ConsumeItemRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            item_id=item_id,
            instance_id=instance_id,
            quantity=to_quantity(quantity),
            environment=environment,
            activity=activity,
        )
        response = await self.caller.call(
            self.stub.ConsumeItem, request, timeout=timeout, request_id=request.request_id
        )
        return wire.rewards(response.rewards)

    async def activate(
        self,
        player_id: str,
        item_id: str,
        *,
        instance_id: str = "",
        environment: str = "",
        activity: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> RewardsReceived:
        """Uses a power-up: its multipliers act from now on, for as long as they last.

        Arguments and errors are those of `consume`.
        """
        request = pb.ActivatePowerUpRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            item_id=item_id,
            instance_id=instance_id,
            environment=environment,
            activity=activity,
        )
        response = await self.caller.call(
            self.stub.ActivatePowerUp, request, timeout=timeout, request_id=request.request_id
        )
        return wire.rewards(response.rewards)

    async def open(
        self,
        player_id: str,
        item_id: str,
        *,
        instance_id: str = "",
        quantity: int = 1,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> RewardsReceived:
        """Opens containers; the server draws, and keeps a record of each draw.

        Args:
            player_id: the player.
            item_id: the container.
            instance_id: names an instance; when empty, what expires first is opened.
            quantity: how many to open, 1 to 100.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            NothingToDraw: the player owns everything it can give.
            RenownError: the errors of `consume`.
        """
        request = pb.OpenContainerRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            item_id=item_id,
            instance_id=instance_id,
            quantity=to_quantity(quantity),
        )
        response = await self.caller.call(
            self.stub.OpenContainer, request, timeout=timeout, request_id=request.request_id
        )
        return wire.rewards(response.rewards)

    async def equip(
        self,
        player_id: str,
        item_id: str,
        *,
        instance_id: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> EquipResult:
        """Puts an item into its slot; what was there is unequipped.

        Args:
            player_id: the player.
            item_id: the item.
            instance_id: names an instance; empty for a stack.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            NotEquippable, InsufficientItems, LevelTooLow: it can't be worn.
            ItemNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.EquipItemRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            item_id=item_id,
            instance_id=instance_id,
        )
        response = await self.caller.call(
            self.stub.EquipItem, request, timeout=timeout, request_id=request.request_id
        )
        return wire.equip_result(response)

    async def unequip(
        self,
        player_id: str,
        slot: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> EquippedItem | None:
        """Empties a slot. An empty slot stays empty.

        Returns:
            what was there; None if nothing was.

        Raises:
            PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.UnequipItemRequest(
            request_id=request_id or new_id(), player_id=player_id, slot=slot
        )
        response = await self.caller.call(
            self.stub.UnequipItem, request, timeout=timeout, request_id=request.request_id
        )
        return wire.equipped_if_any(response.unequipped)

"""`game.inventory`: what players own besides money, and their mail."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

from renown._model.basics import new_id
from renown._model.inventory import (
    InventorySpace,
    Item,
    ItemChange,
    Mail,
    RewardsReceived,
)
from renown._model.item import ItemDefinition, ItemDetails, ItemKind
from renown._pages import Page, Pages
from renown._services.item_use import ItemUse
from renown._services.wallets import Posted
from renown._wire import inventory as wire
from renown._wire.item import item_definition, item_details
from renown._wire.reward import to_item_amounts
from renown._wire.scalars import to_quantity
from renown.v1 import inventory_service_pb2 as pb


@dataclass(frozen=True, slots=True)
class Inventory(ItemUse):
    """Reads, gives and uses items. A player's own token may leave `player_id` empty."""

    def items(
        self,
        player_id: str = "",
        *,
        kind: ItemKind | None = None,
        item_id: str = "",
        equipped_only: bool = False,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Item]:
        """Lists what a player owns, by item and instance.

        Args:
            player_id: the player.
            kind: keeps items of this kind.
            item_id: keeps one item's stacks and instances.
            equipped_only: keeps what is equipped.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[Item]:
            request = pb.ListItemsRequest(
                player_id=player_id,
                page_size=page_size,
                page_token=token,
                kind=pb.ItemKind.ValueType(kind.value if kind else 0),
                equipped_only=equipped_only,
                item_id=item_id,
            )
            response = await self.caller.call(self.stub.ListItems, request, timeout=timeout)
            found = tuple(wire.item(item) for item in response.items)
            return Page(found, response.next_page_token)

        return Pages(fetch, page_token)

    async def space(self, player_id: str = "", *, timeout: float | None = None) -> InventorySpace:
        """Tells how many slots a player has, and how many are used.

        Raises:
            PlayerNotFound: there is no such player.
        """
        request = pb.ListItemsRequest(player_id=player_id, page_size=1)
        response = await self.caller.call(self.stub.ListItems, request, timeout=timeout)
        return InventorySpace(response.capacity, response.used_slots)

    async def definition(self, item_id: str, *, timeout: float | None = None) -> ItemDetails:
        """Reads an item's definition, where it comes from, and how it has fared.

        Raises:
            ItemNotFound: the catalog has no such item.
        """
        request = pb.GetItemDefinitionRequest(item_id=item_id)
        response = await self.caller.call(self.stub.GetItemDefinition, request, timeout=timeout)
        return item_details(response)

    def definitions(
        self,
        *,
        kind: ItemKind | None = None,
        tag: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[ItemDefinition]:
        """Lists the items of the active catalog, by id.

        Args:
            kind: keeps items of this kind.
            tag: keeps items with this tag.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[ItemDefinition]:
            request = pb.ListItemDefinitionsRequest(
                page_size=page_size,
                page_token=token,
                kind=pb.ItemKind.ValueType(kind.value if kind else 0),
                tag=tag,
            )
            response = await self.caller.call(
                self.stub.ListItemDefinitions, request, timeout=timeout
            )
            found = tuple(item_definition(item) for item in response.items)
            return Page(found, response.next_page_token)

        return Pages(fetch, page_token)

    async def grant(
        self,
        player_id: str,
        items: Mapping[str, int],
        *,
        to_mailbox: bool = False,
        request_id: str | None = None,
        timeout: float | None = None,
        **posted: Unpack[Posted],
    ) -> RewardsReceived:
        """Gives a player items: all of them or none.

        What finds no room follows each item's overflow policy.

        Args:
            player_id: the player.
            items: how many to give, by item.
            to_mailbox: sends all of it to the mailbox, with `description` as
                message.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.
            **posted: `event_type`, `description`, `reference_type`, `reference_id`.

        Raises:
            InventoryFull, MailboxFull, QuantityOutOfRange, BalanceCap: no room.
            ItemLimit: there are as many as allowed.
            UnknownItem, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.GrantItemsRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            items=to_item_amounts(items),
            to_mailbox=to_mailbox,
            **posted,
        )
        response = await self.caller.call(
            self.stub.GrantItems, request, timeout=timeout, request_id=request.request_id
        )
        return wire.rewards(response.rewards)

    async def gift(
        self,
        player_id: str,
        receiver_id: str,
        item_id: str,
        *,
        instance_id: str = "",
        quantity: int = 1,
        message: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> tuple[ItemChange, ...]:
        """Gives another player an item that is giftable.

        Args:
            player_id: the giver.
            receiver_id: who gets it.
            item_id: the item.
            instance_id: names an instance; empty for a stack.
            quantity: how many, from 1.
            message: for the receiver.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Returns:
            the giver's stacks and instances that changed.

        Raises:
            InsufficientItems: the giver has too few.
            NotGiftable, ItemEquipped, AccountTooNew: this gift is not allowed.
            InventoryFull: the receiver has no room.
            SamePlayer, ItemNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.GiftItemRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            receiver_id=receiver_id,
            item_id=item_id,
            instance_id=instance_id,
            quantity=to_quantity(quantity),
            message=message,
        )
        response = await self.caller.call(
            self.stub.GiftItem, request, timeout=timeout, request_id=request.request_id
        )
        return wire.item_changes(response.items)

    def mailbox(
        self,
        player_id: str = "",
        *,
        include_claimed: bool = False,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Mail]:
        """Lists a player's mail, the latest first. Expired mail is not listed.

        Args:
            player_id: the player.
            include_claimed: lists what was claimed, too.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[Mail]:
            request = pb.ListMailboxRequest(
                player_id=player_id,
                page_size=page_size,
                page_token=token,
                include_claimed=include_claimed,
            )
            response = await self.caller.call(self.stub.ListMailbox, request, timeout=timeout)
            found = tuple(wire.mail(item) for item in response.mail)
            return Page(found, response.next_page_token)

        return Pages(fetch, page_token)

    async def claim(
        self,
        player_id: str,
        mail_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> RewardsReceived:
        """Takes everything out of one mail, or nothing.

        Raises:
            MailClaimed, MailExpired: there is nothing to take any more.
            InventoryFull, BalanceCap: it finds no room.
            MailNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.ClaimMailRequest(
            request_id=request_id or new_id(), player_id=player_id, mail_id=mail_id
        )
        response = await self.caller.call(
            self.stub.ClaimMail, request, timeout=timeout, request_id=request.request_id
        )
        return wire.rewards(response.rewards)

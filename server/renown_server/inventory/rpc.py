"""InventoryService: messages ↔ domain; GiftItem is in `gifts_rpc`."""

from __future__ import annotations

import asyncpg

from renown.v1 import inventory_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.goods import ItemKind
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.clock import Clock
from renown_server.engine.command import RequestKey
from renown_server.engine.engine import Engine
from renown_server.engine.gather import Gather
from renown_server.errors import ItemNotFound, PlayerNotFound
from renown_server.inventory import commands, queries
from renown_server.inventory.definitions import item_view, source_message, statistics_message
from renown_server.inventory.equip import Slot
from renown_server.inventory.grant import GrantBody
from renown_server.inventory.render import fill_equipped, fill_items, fill_mail, fill_rewards
from renown_server.inventory.rules import slots_of
from renown_server.inventory.use import UseBody
from renown_server.wire.pages import PageTokens, page_size

_MAIL_NO_MAX = 2**62

UseRequest = pb.ConsumeItemRequest | pb.ActivatePowerUpRequest | pb.OpenContainerRequest


class InventoryServiceHandlers:
    """Answers InventoryService, but for GiftItem.

    Args:
        engine: carries out changes.
        items: reads pages of items, gathered.
        pool: reads mail and statistics.
        catalog: knows the items.
        clock: what has expired.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        items: Gather[queries.ItemsKey, queries.ItemsPage],
        pool: asyncpg.Pool,
        catalog: CatalogHolder,
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._items = items
        self._pool = pool
        self._statistics = queries.Statistics(pool)
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens

    async def list_items(
        self, request: pb.ListItemsRequest, call: CallContext
    ) -> pb.ListItemsResponse:
        """Lists what a player owns."""
        filters = (request.player_id, request.kind, request.equipped_only, request.item_id)
        position = self._tokens.decode("ListItems", filters, request.page_token)
        catalog, now_us = self._catalog.current, self._clock.now_us()
        size = page_size(request.page_size)
        page = await self._items.get(
            queries.ItemsKey(
                request.player_id,
                now_us,
                size + 1,
                after=(str(position[0]), str(position[1])) if position else ("", ""),
                only=self._only(request),
                equipped_only=request.equipped_only,
            )
        )
        if page is None:
            raise PlayerNotFound(request.player_id)
        response = pb.ListItemsResponse(
            capacity=catalog.economy.inventory_capacity, used_slots=_slots(page, catalog)
        )
        fill_items(response, page, size, catalog, now_us)
        if len(page.rows) > size:
            last = page.rows[size - 1]
            response.next_page_token = self._tokens.encode("ListItems", filters, (last[1], last[2]))
        return response

    def _only(self, request: pb.ListItemsRequest) -> tuple[str, ...] | None:
        """The items that the filters leave; None for all."""
        if not request.kind:
            return (request.item_id,) if request.item_id else None
        kind = ItemKind(request.kind)
        items = self._catalog.current.items
        return tuple(
            [
                item.id
                for item in items.values()
                if item.kind is kind and request.item_id in ("", item.id)
            ]
        )

    async def get_item_definition(
        self, request: pb.GetItemDefinitionRequest, call: CallContext
    ) -> pb.GetItemDefinitionResponse:
        """Reads an item's definition, sources and statistics."""
        catalog = self._catalog.current
        item = catalog.items.get(request.item_id)
        if item is None:
            raise ItemNotFound(request.item_id)
        figures = await self._statistics.of(item.id)
        return pb.GetItemDefinitionResponse(
            item=item_view(catalog, item),
            sources=[source_message(each) for each in catalog.item_sources.get(item.id, ())],
            statistics=statistics_message(figures),
        )

    async def list_item_definitions(
        self, request: pb.ListItemDefinitionsRequest, call: CallContext
    ) -> pb.ListItemDefinitionsResponse:
        """Lists the catalog's items."""
        catalog = self._catalog.current
        filters = (request.kind, request.tag)
        position = self._tokens.decode("ListItemDefinitions", filters, request.page_token)
        after = str(position[0]) if position else ""
        found = [
            item
            for item in catalog.items.values()
            if item.id > after
            and request.kind in (pb.ITEM_KIND_UNSPECIFIED, item.kind.value)
            and (not request.tag or request.tag in item.tags)
        ]
        shown = found[: page_size(request.page_size)]
        response = pb.ListItemDefinitionsResponse(items=[item_view(catalog, i) for i in shown])
        if len(shown) < len(found):
            response.next_page_token = self._tokens.encode(
                "ListItemDefinitions", filters, (shown[-1].id,)
            )
        return response

    async def grant_items(
        self, request: pb.GrantItemsRequest, call: CallContext
    ) -> pb.GrantItemsResponse:
        """Gives items."""
        body = GrantBody(
            request_id=request.request_id,
            player_id=request.player_id,
            items=tuple([(each.item_id, each.quantity) for each in request.items]),
            event_type=request.event_type,
            description=request.description,
            reference_type=request.reference_type,
            reference_id=request.reference_id,
            to_mailbox=request.to_mailbox,
        )
        command = commands.grant_items(body, call.principal.id, self._catalog.current)
        done = await self._engine.submit(command, call.deadline)
        response = pb.GrantItemsResponse()
        fill_rewards(response.rewards, done.facts, done)
        return response

    async def consume_item(
        self, request: pb.ConsumeItemRequest, call: CallContext
    ) -> pb.ConsumeItemResponse:
        """Uses up consumables."""
        body = UseBody(
            **_used(request),
            quantity=request.quantity or 1,
            environment=request.environment,
            activity=request.activity,
        )
        response = pb.ConsumeItemResponse()
        await self._use(commands.ConsumeItem, body, call, response.rewards)
        return response

    async def activate_power_up(
        self, request: pb.ActivatePowerUpRequest, call: CallContext
    ) -> pb.ActivatePowerUpResponse:
        """Activates a power-up."""
        body = UseBody(
            **_used(request),
            quantity=1,
            environment=request.environment,
            activity=request.activity,
        )
        response = pb.ActivatePowerUpResponse()
        await self._use(commands.ActivatePowerUp, body, call, response.rewards)
        return response

    async def open_container(
        self, request: pb.OpenContainerRequest, call: CallContext
    ) -> pb.OpenContainerResponse:
        """Opens containers."""
        body = UseBody(**_used(request), quantity=request.quantity or 1)
        response = pb.OpenContainerResponse()
        await self._use(commands.OpenContainer, body, call, response.rewards)
        return response

    async def _use(
        self,
        kind: type[commands.UseItem],
        body: UseBody,
        call: CallContext,
        rewards: pb.RewardsReceived,
    ) -> None:
        command = commands.use_item(kind, body, call.principal.id, self._catalog.current)
        done = await self._engine.submit(command, call.deadline)
        # An empty message is there, too, even if the item gave nothing.
        rewards.SetInParent()
        fill_rewards(rewards, done.facts, done)

    async def equip_item(
        self, request: pb.EquipItemRequest, call: CallContext
    ) -> pb.EquipItemResponse:
        """Equips an item."""
        body = commands.EquipBody(
            request.request_id, request.player_id, request.item_id, request.instance_id
        )
        command = commands.EquipItem(
            key=RequestKey(call.principal.id, request.request_id),
            players=(request.player_id,),
            principal=call.principal.id,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        slot = done.result_as(Slot)
        response = pb.EquipItemResponse()
        fill_equipped(response.equipped, slot, slot.after)
        fill_equipped(response.unequipped, slot, slot.before)
        return response

    async def unequip_item(
        self, request: pb.UnequipItemRequest, call: CallContext
    ) -> pb.UnequipItemResponse:
        """Empties a slot."""
        command = commands.UnequipItem(
            key=RequestKey(call.principal.id, request.request_id),
            players=(request.player_id,),
            principal=call.principal.id,
            body=commands.UnequipBody(request.request_id, request.player_id, request.slot),
        )
        done = await self._engine.submit(command, call.deadline)
        slot = done.result_as(Slot)
        response = pb.UnequipItemResponse()
        fill_equipped(response.unequipped, slot, slot.before)
        return response

    async def list_mailbox(
        self, request: pb.ListMailboxRequest, call: CallContext
    ) -> pb.ListMailboxResponse:
        """Lists a player's mail."""
        filters = (request.player_id, request.include_claimed)
        position = self._tokens.decode("ListMailbox", filters, request.page_token)
        size = page_size(request.page_size)
        found = await queries.list_mail(
            self._pool,
            request.player_id,
            now_us=self._clock.now_us(),
            before=int(position[0]) if position else _MAIL_NO_MAX,
            size=size + 1,
            include_claimed=request.include_claimed,
        )
        if not found and not await queries.player_exists(self._pool, request.player_id):
            raise PlayerNotFound(request.player_id)
        response = pb.ListMailboxResponse()
        for mail in found[:size]:
            fill_mail(response.mail.add(), mail)
        if len(found) > size:
            last = (found[size - 1].mail_no,)
            response.next_page_token = self._tokens.encode("ListMailbox", filters, last)
        return response

    async def claim_mail(
        self, request: pb.ClaimMailRequest, call: CallContext
    ) -> pb.ClaimMailResponse:
        """Takes what finds room out of a mail."""
        body = commands.ClaimBody(request.request_id, request.player_id, int(request.mail_id))
        command = commands.ClaimMail(
            key=RequestKey(call.principal.id, request.request_id),
            players=(request.player_id,),
            principal=call.principal.id,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        response = pb.ClaimMailResponse()
        fill_rewards(response.rewards, done.facts, done)
        return response


def _used(request: UseRequest) -> dict[str, str]:
    return {
        "request_id": request.request_id,
        "player_id": request.player_id,
        "item": request.item_id,
        "instance": request.instance_id,
    }


def _slots(page: queries.ItemsPage, catalog: CatalogSnapshot) -> int:
    """The slots taken by what is still there for readers."""
    gone = sum(slots_of(catalog.items.get(item), quantity) for item, quantity in page.expired)
    return max(0, page.slots_used - gone)

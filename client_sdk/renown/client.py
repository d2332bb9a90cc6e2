"""The client: where the address, the connections and the services meet."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import grpc

from renown import _address
from renown._address import Target, TokenSource
from renown._caller import Caller
from renown._channels import SpreadChannel
from renown._retry import RetryPolicy, StreamPolicy
from renown._services.achievements import Achievements
from renown._services.activities import Activities
from renown._services.admin import Admin, Auth
from renown._services.badges import Badges
from renown._services.events import Events
from renown._services.inventory import Inventory
from renown._services.leaderboards import Leaderboards
from renown._services.players import Players
from renown._services.quests import Quests
from renown._services.store import Store
from renown._services.streaks import Streaks
from renown._services.trades import Trades
from renown._services.wallets import Wallets
from renown.streams import EventStream
from renown.v1.achievement_service_pb2_grpc import AchievementServiceStub
from renown.v1.activity_service_pb2_grpc import ActivityServiceStub
from renown.v1.admin_service_pb2_grpc import AdminServiceStub
from renown.v1.auth_service_pb2_grpc import AuthServiceStub
from renown.v1.badge_service_pb2_grpc import BadgeServiceStub
from renown.v1.currency_service_pb2_grpc import CurrencyServiceStub
from renown.v1.event_service_pb2_grpc import EventServiceStub
from renown.v1.inventory_service_pb2_grpc import InventoryServiceStub
from renown.v1.leaderboard_service_pb2_grpc import LeaderboardServiceStub
from renown.v1.player_profile_service_pb2_grpc import PlayerProfileServiceStub
from renown.v1.quest_service_pb2_grpc import QuestServiceStub
from renown.v1.store_service_pb2_grpc import StoreServiceStub
from renown.v1.streak_service_pb2_grpc import StreakServiceStub
from renown.v1.trade_service_pb2_grpc import TradeServiceStub


@dataclass(frozen=True, slots=True)
class RawStubs:
    """The generated stubs, on the client's connections and with its credential.

    Their calls take and return messages of `renown.v1`, raise
    grpc.aio.AioRpcError, are not retried, and have no deadline but your own.
    """

    activity: ActivityServiceStub
    player_profile: PlayerProfileServiceStub
    currency: CurrencyServiceStub
    inventory: InventoryServiceStub
    store: StoreServiceStub
    trade: TradeServiceStub
    achievement: AchievementServiceStub
    badge: BadgeServiceStub
    streak: StreakServiceStub
    quest: QuestServiceStub
    leaderboard: LeaderboardServiceStub
    event: EventServiceStub
    auth: AuthServiceStub
    admin: AdminServiceStub

    @classmethod
    def on(cls, channel: SpreadChannel) -> Self:
        """Makes the stubs on a channel."""
        return cls(
            activity=ActivityServiceStub(channel),
            player_profile=PlayerProfileServiceStub(channel),
            currency=CurrencyServiceStub(channel),
            inventory=InventoryServiceStub(channel),
            store=StoreServiceStub(channel),
            trade=TradeServiceStub(channel),
            achievement=AchievementServiceStub(channel),
            badge=BadgeServiceStub(channel),
            streak=StreakServiceStub(channel),
            quest=QuestServiceStub(channel),
            leaderboard=LeaderboardServiceStub(channel),
            event=EventServiceStub(channel),
            auth=AuthServiceStub(channel),
            admin=AdminServiceStub(channel),
        )


class Client:
    """A connection to Renown; made by `connect`, closed by `async with` or `close()`.

    Attributes:
        activities: record what players do.
        players: who they are, their XP and level, their titles and prestige.
        wallets: balances and the ledger.
        inventory: items and mail.
        store: offers, purchases, odds and draws.
        trades: exchanges between players.
        achievements: what players have earned, and how far they have come.
        badges: what players own, wear and show.
        streaks: days in a row, and days off.
        quests: what players are asked to do.
        leaderboards: boards, scores and ranks.
        events: what happened.
        auth: players' tokens.
        admin: keys and the audit.
        raw: the generated stubs.
    """

    def __init__(
        self,
        target: Target,
        *,
        connections: int,
        timeout_s: float,
        retry: RetryPolicy,
        stream: StreamPolicy,
    ) -> None:
        self._target = target
        self._channel = SpreadChannel(target, connections)
        caller = Caller(self._channel, retry, timeout_s)
        self.raw = RawStubs.on(self._channel)
        self.activities = Activities(caller, self.raw.activity)
        self.players = Players(caller, self.raw.player_profile)
        self.wallets = Wallets(caller, self.raw.currency)
        self.inventory = Inventory(caller, self.raw.inventory)
        self.store = Store(caller, self.raw.store)
        self.trades = Trades(caller, self.raw.trade)
        self.achievements = Achievements(caller, self.raw.achievement)
        self.badges = Badges(caller, self.raw.badge)
        self.streaks = Streaks(caller, self.raw.streak)
        self.quests = Quests(caller, self.raw.quest)
        self.leaderboards = Leaderboards(caller, self.raw.leaderboard)
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()
        self.events = Events(caller, self.raw.event, stream, self._streams)
        self.auth = Auth(caller, self.raw.auth)
        self.admin = Admin(caller, self.raw.admin)

    def watch_rewards(self, player_id: str = "", *, cursor: str = "") -> EventStream:
        """Watches what a player earns; see `Events.watch_rewards`."""
        return self.events.watch_rewards(player_id, cursor=cursor)

    async def close(self) -> None:
        """Ends all streams and calls; those waiting for them meet `ClientClosed`."""
        self._channel.closed = True
        for stream in list(self._streams):
            stream.end()
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<renown.Client {self._target.address}>"


def connect(
    address: str | None = None,
    *,
    key: str | None = None,
    token: TokenSource | None = None,
    tls: bool = False,
    credentials: grpc.ChannelCredentials | None = None,
    plaintext: bool = False,
    connections: int = 4,
    timeout: float = 10.0,
    retry: RetryPolicy | None = None,
    stream: StreamPolicy | None = None,
) -> Client:
    """Makes a client. It connects with the first call; use it as `async with`.

    Args:
        address: `host:port`, or any gRPC target; else RENOWN_ADDRESS.
        key: a server's or an operator's key, `k_….secret`; else RENOWN_KEY.
        token: a player's token instead, or a function that returns the current
            one, asked for each call.
        tls: encrypt, with the certificate authorities gRPC knows.
        credentials: encrypt with these, say with a private authority.
        plaintext: don't encrypt, though the server is on another machine.
            On this machine that is the default.
        connections: how many to make. A connection reaches one worker process
            of the server, so one would use one core.
        timeout: seconds a call may take with all its attempts.
        retry: how calls are retried.
        stream: when streams reconnect and give up.

    Raises:
        ValueError: the arguments don't say clearly where to and as whom.
        RuntimeError: there is no running event loop.
    """
    if connections < 1:
        raise ValueError("a client needs at least one connection")
    target = _address.resolve(
        address, key=key, token=token, tls=tls, credentials=credentials, plaintext=plaintext
    )
    return Client(
        target,
        connections=connections,
        timeout_s=timeout,
        retry=retry or RetryPolicy(),
        stream=stream or StreamPolicy(),
    )

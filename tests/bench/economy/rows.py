"""The economy's rows, and the loads that give players what the rows need."""

from tests.bench.calls import BATCH
from tests.bench.economy import answers, calls
from tests.bench.peers import PEERS, TARGETS
from tests.bench.row import Effect, Row, Supply

CALLS_IN_FLIGHT = 8
BAGS = 2000
"""Players whose items are listed."""

CURRENCY = "/renown.v1.CurrencyService"
INVENTORY = "/renown.v1.InventoryService"
STORE = "/renown.v1.StoreService"
TRADE = "/renown.v1.TradeService"

CREDIT_BATCH = Row(
    name="credit_batch",
    title="BatchCredit of 100",
    method=f"{CURRENCY}/BatchCredit",
    in_flight=CALLS_IN_FLIGHT,
    requests=calls.credits_of_hundred,
    wrong=answers.all_credited,
    effect=Effect.CREDIT,
    batch=BATCH,
    sample=1,
    peer=PEERS["credit"],
    target=TARGETS["credit_batch"],
)
DEBIT = Row(
    name="debit",
    title="Debit",
    method=f"{CURRENCY}/Debit",
    in_flight=64,
    requests=calls.debit,
    wrong=answers.debited,
    effect=Effect.DEBIT,
    needs=(Supply.COINS,),
    peer=PEERS["credit"],
    target=TARGETS["debit"],
)
LIST_ITEMS = Row(
    name="list_items",
    title="ListItems, all of 100",
    method=f"{INVENTORY}/ListItems",
    in_flight=64,
    requests=calls.list_items,
    wrong=answers.listed,
    needs=(Supply.BAGS,),
    players_max=BAGS,
)
PURCHASE = Row(
    name="purchase",
    title="Purchase, an item for a coin",
    method=f"{STORE}/Purchase",
    in_flight=64,
    requests=calls.purchase,
    wrong=answers.purchased,
    effect=Effect.PURCHASE,
    needs=(Supply.COINS, Supply.GOODS),
    target=TARGETS["purchase"],
)
CONSUME = Row(
    name="consume",
    title="ConsumeItem, for a coin",
    method=f"{INVENTORY}/ConsumeItem",
    in_flight=64,
    requests=calls.consume,
    wrong=answers.consumed,
    effect=Effect.USE,
    needs=(Supply.GOODS,),
)
TRADE_ACCEPT = Row(
    name="trade_accept",
    title="AcceptTrade, an item for a coin",
    method=f"{TRADE}/AcceptTrade",
    in_flight=64,
    requests=calls.accept_trade,
    wrong=answers.accepted,
    effect=Effect.TRADE,
    needs=(Supply.COINS, Supply.GOODS, Supply.TRADES),
)

# Bags are listed before anything else is put into them.
ECONOMY = (CREDIT_BATCH, DEBIT, LIST_ITEMS, PURCHASE, CONSUME, TRADE_ACCEPT)

FUND = Row(
    name="fund",
    title="coins beforehand",
    method=f"{CURRENCY}/BatchCredit",
    in_flight=CALLS_IN_FLIGHT,
    requests=calls.funds,
    wrong=answers.all_funded,
    effect=Effect.FUND,
    batch=BATCH,
    sample=1,
)
GOODS = Row(
    name="goods",
    title="items beforehand",
    method=f"{INVENTORY}/GrantItems",
    in_flight=64,
    requests=calls.grant_goods,
    wrong=answers.goods_granted,
    effect=Effect.GOODS,
)
FIRST_HALF = Row(
    name="bag_first_half",
    title="half a bag beforehand",
    method=f"{INVENTORY}/GrantItems",
    in_flight=64,
    requests=calls.grant_first_half,
    wrong=answers.half_granted,
    effect=Effect.BAG,
    players_max=BAGS,
)
SECOND_HALF = Row(
    name="bag_second_half",
    title="the other half beforehand",
    method=f"{INVENTORY}/GrantItems",
    in_flight=64,
    requests=calls.grant_second_half,
    wrong=answers.half_granted,
    effect=Effect.BAG,
    players_max=BAGS,
)
PROPOSE = Row(
    name="propose",
    title="trades beforehand",
    method=f"{TRADE}/ProposeTrade",
    in_flight=64,
    requests=calls.propose_trade,
    wrong=answers.proposed,
    effect=Effect.PROPOSAL,
)

FILLS = {row.name: row for row in (FUND, GOODS, FIRST_HALF, SECOND_HALF, PROPOSE)}

SUPPLIES: dict[Supply, tuple[Row, ...]] = {
    Supply.COINS: (FUND,),
    Supply.GOODS: (GOODS,),
    Supply.BAGS: (FIRST_HALF, SECOND_HALF),
    Supply.TRADES: (),
}
"""What gives it to each player, once. Trades are proposed for each run."""

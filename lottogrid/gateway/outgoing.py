"""What the server sends: every message but the long ones about orders, which `order_layouts` has."""

from __future__ import annotations

from lottogrid.gateway.fields import Layout, before, fields, layout, only, rows, since
from lottogrid.gateway.order_layouts import COMPLETED_ORDER, CONTRACT_11, OPEN_ORDER

_CONTRACT_DETAILS = layout(
    10,
    "contractDetails",
    before(164, "version=8"),
    fields("reqId symbol secType lastTradeDate strike=0 right exchange currency localSymbol marketName tradingClass"),
    fields("conId minTick"),
    before(164, "mdSizeMultiplier=1"),
    fields("multiplier orderTypes validExchanges priceMagnifier=1 underConId=0 longName primaryExchange"),
    fields("contractMonth industry category subcategory timeZoneId tradingHours liquidHours evRule evMultiplier"),
    rows("secIdList", fields("tag value")),
    fields("aggGroup underSymbol underSecType marketRuleIds realExpirationDate stockType"),
    only(163, "sizeMinTick=1"),
    since(164, "minSize=1 sizeIncrement=1 suggestedSizeIncrement=1"),
)

_EXEC_DETAILS = layout(
    11,
    "execDetails",
    fields(f"reqId=-1 orderId {CONTRACT_11}"),
    fields("execId time account execExchange side shares price permId clientId liquidation=0 cumQty avgPrice"),
    fields("orderRef evRule evMultiplier modelCode lastLiquidity=2"),
    since(178, "pendingPriceRevision=0"),
)

_PORTFOLIO = layout(
    7,
    "portfolioValue",
    fields("version=8 conId symbol secType lastTradeDateOrContractMonth strike=0 right multiplier primaryExchange"),
    fields("currency localSymbol tradingClass position marketPrice marketValue averageCost unrealizedPNL realizedPNL"),
    fields("account"),
)

_OPTION_COMPUTATION = layout(
    21,
    "tickOptionComputation",
    fields("reqId tickType tickAttrib=0 impliedVol=-1 delta=-2 optPrice=-1 pvDividend=-1 gamma=-2 vega=-2 theta=-2"),
    fields("undPrice=-1"),
)

_BAR = "date open high low close volume=-1 wap=-1 count=-1"

_SHORT = (
    layout(1, "tickPrice", fields("version=6 reqId tickType price size=0 attribMask=0")),
    layout(2, "tickSize", fields("version=6 reqId tickType size")),
    layout(
        3,
        "orderStatus",
        fields("orderId status filled remaining avgFillPrice=0 permId=0 parentId=0 lastFillPrice=0 clientId=0"),
        fields("whyHeld mktCapPrice=0"),
    ),
    layout(4, "error", fields("version=2 reqId=-1 code text"), since(166, "advancedRejectJson")),
    layout(6, "accountValue", fields("version=2 key value currency account")),
    layout(8, "accountTime", fields("version=1 time")),
    layout(9, "nextValidId", fields("version=1 orderId")),
    layout(15, "managedAccounts", fields("version=1 accounts")),
    layout(17, "historicalData", fields("reqId start end"), rows("bars", fields(_BAR))),
    layout(45, "tickGeneric", fields("version=6 reqId tickType value")),
    layout(46, "tickString", fields("version=6 reqId tickType value")),
    layout(49, "currentTime", fields("version=1 time")),
    layout(52, "contractDetailsEnd", fields("version=1 reqId")),
    layout(53, "openOrderEnd", fields("version=1")),
    layout(54, "accountDownloadEnd", fields("version=1 account")),
    layout(55, "execDetailsEnd", fields("version=1 reqId")),
    layout(57, "tickSnapshotEnd", fields("version=1 reqId")),
    layout(58, "marketDataType", fields("version=1 reqId type=1")),
    layout(
        59,
        "commissionReport",
        fields("version=1 execId commission currency=USD"),
        fields("realizedPNL yield yieldRedemptionDate=0"),
    ),
    layout(61, "position", fields(f"version=3 account {CONTRACT_11} position avgCost")),
    layout(62, "positionEnd", fields("version=1")),
    layout(63, "accountSummary", fields("version=1 reqId account tag value currency")),
    layout(64, "accountSummaryEnd", fields("version=1 reqId")),
    layout(73, "accountUpdateMulti", fields("version=1 reqId account model key value currency")),
    layout(74, "accountUpdateMultiEnd", fields("version=1 reqId")),
    layout(
        75,
        "secDefOptParams",
        fields("reqId exchange underConId tradingClass multiplier"),
        rows("expirations", fields("expiration")),
        rows("strikes", fields("strike")),
    ),
    layout(76, "secDefOptParamsEnd", fields("reqId")),
    layout(81, "tickReqParams", fields("reqId minTick bboExchange permissions=3")),
    layout(90, "historicalDataUpdate", fields("reqId count=-1 date open close high low wap=-1 volume=-1")),
    layout(93, "marketRule", fields("ruleId"), rows("increments", fields("lowEdge increment"))),
    layout(94, "pnl", fields("reqId dailyPnL unrealizedPnL realizedPnL")),
    layout(102, "completedOrdersEnd"),
)

OUTGOING: dict[str, Layout] = {
    table.name: table
    for table in (
        *_SHORT,
        _CONTRACT_DETAILS,
        _EXEC_DETAILS,
        _PORTFOLIO,
        _OPTION_COMPUTATION,
        OPEN_ORDER,
        COMPLETED_ORDER,
    )
}
"""Message name to layout."""

"""What clients send."""

from __future__ import annotations

from lottogrid.gateway.fields import Layout, fields, is_set, layout, rows, since, when
from lottogrid.gateway.order_layouts import CONTRACT_12, PLACE_ORDER

_LEGS = when("secType", lambda kind: kind == "BAG", rows("comboLegs", fields("conId ratio action exchange")))

INCOMING: dict[int, Layout] = {
    table.number: table
    for table in (
        layout(
            1,
            "reqMktData",
            fields(f"version=11 reqId {CONTRACT_12}"),
            _LEGS,
            fields("deltaNeutral=0"),
            when("deltaNeutral", is_set, fields("underConId underDelta underPrice")),
            fields("genericTicks snapshot=0 regulatorySnapshot=0 options"),
        ),
        layout(2, "cancelMktData", fields("version=2 reqId")),
        PLACE_ORDER,
        layout(4, "cancelOrder", fields("version=1 orderId"), since(169, "manualCancelOrderTime")),
        layout(5, "reqOpenOrders", fields("version=1")),
        layout(6, "reqAccountUpdates", fields("version=2 subscribe=1 account")),
        layout(
            7,
            "reqExecutions",
            fields("version=3 reqId clientId acctCode time symbol secType exchange side"),
        ),
        layout(8, "reqIds", fields("version=1 count=1")),
        layout(
            9,
            "reqContractDetails",
            fields(f"version=8 reqId {CONTRACT_12} includeExpired=0 secIdType secId"),
            since(176, "issuerId"),
        ),
        layout(14, "setServerLogLevel", fields("version=1 level")),
        layout(15, "reqAutoOpenOrders", fields("version=1 bind")),
        layout(16, "reqAllOpenOrders", fields("version=1")),
        layout(17, "reqManagedAccounts", fields("version=1")),
        layout(
            20,
            "reqHistoricalData",
            fields(f"reqId {CONTRACT_12} includeExpired=0 endDateTime barSize duration useRTH whatToShow formatDate"),
            _LEGS,
            fields("keepUpToDate=0 options"),
        ),
        layout(25, "cancelHistoricalData", fields("version=1 reqId")),
        layout(49, "reqCurrentTime", fields("version=1")),
        layout(58, "reqGlobalCancel", fields("version=1")),
        layout(59, "reqMarketDataType", fields("version=1 type")),
        layout(61, "reqPositions", fields("version=1")),
        layout(62, "reqAccountSummary", fields("version=1 reqId group tags")),
        layout(63, "cancelAccountSummary", fields("version=1 reqId")),
        layout(64, "cancelPositions", fields("version=1")),
        layout(71, "startApi", fields("version=2 clientId optionalCapabilities")),
        layout(76, "reqAccountUpdatesMulti", fields("version=1 reqId account model ledgerAndNLV")),
        layout(77, "cancelAccountUpdatesMulti", fields("version=1 reqId")),
        layout(
            78,
            "reqSecDefOptParams",
            fields("reqId underlyingSymbol futFopExchange underlyingSecType underlyingConId"),
        ),
        layout(91, "reqMarketRule", fields("ruleId")),
        layout(92, "reqPnL", fields("reqId account model")),
        layout(93, "cancelPnL", fields("reqId")),
        layout(99, "reqCompletedOrders", fields("apiOnly")),
    )
}
"""Message number to layout."""

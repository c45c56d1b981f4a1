"""The three long messages about orders: placed by the client, open at the server, completed.

Positions and defaults are those that recorded sessions with a real server show for a plain order.
"""

from __future__ import annotations

from lottogrid.gateway.fields import (
    UNSET_INT,
    UNSET_LONG,
    Field,
    before,
    fields,
    is_given,
    is_positive,
    is_set,
    layout,
    rows,
    since,
    unset,
    when,
)

CONTRACT_12 = (
    "conId=0 symbol secType lastTradeDateOrContractMonth strike=0 right multiplier exchange primaryExchange currency "
    "localSymbol tradingClass"
)
CONTRACT_11 = CONTRACT_12.replace(" primaryExchange", "")

_SIZE = f"displaySize={UNSET_INT}"
_SCALE = f"scaleInitLevelSize={UNSET_INT} scaleSubsLevelSize={UNSET_INT} scalePriceIncrement"
_SCALE_7 = (
    "scalePriceAdjustValue scalePriceAdjustInterval scaleProfitOffset scaleAutoReset scaleInitPosition "
    "scaleInitFillQty scaleRandomPercent"
)
_COMBO_LEG = "conId ratio action exchange openClose=0 shortSaleSlot=0 designatedLocation exemptCode=-1"
_COMBO = (
    rows("comboLegs", fields(_COMBO_LEG)),
    rows("orderComboLegs", fields("price")),
    rows("smartComboRoutingParams", fields("tag value")),
)
_PEG_BENCH = fields(
    "referenceContractId isPeggedChangeAmountDecrease peggedChangeAmount referenceChangeAmount referenceExchangeId"
)
_DELTA_NEUTRAL_CONTRACT = when("deltaNeutralContract", is_set, fields("underConId underDelta underPrice"))
_ALGO = when("algoStrategy", is_given, rows("algoParams", fields("key value")))
_PEGGING = since(170, "minTradeQty minCompeteSize=100 competeAgainstBestOffset=0.02 midOffsetAtWhole midOffsetAtHalf")


def _is_bag(value: str) -> bool:
    return value == "BAG"


def _is_peg_bench(value: str) -> bool:
    return value == "PEG BENCH"


PLACE_ORDER = layout(
    3,
    "placeOrder",
    fields(f"orderId {CONTRACT_12} secIdType secId"),
    fields(
        "action totalQuantity orderType lmtPrice auxPrice tif ocaGroup account openClose origin=0 orderRef transmit=1 "
        f"parentId=0 blockOrder=0 sweepToFill=0 {_SIZE} triggerMethod=0 outsideRth=0 hidden=0"
    ),
    when("secType", _is_bag, *_COMBO),
    fields("sharesAllocation discretionaryAmt=0 goodAfterTime goodTillDate faGroup faMethod faPercentage"),
    before(177, "faProfile"),
    fields("modelCode shortSaleSlot=0 designatedLocation exemptCode=-1 ocaType=0"),
    fields(
        "rule80A settlingFirm allOrNone=0 minQty percentOffset eTradeOnly=0 firmQuoteOnly=0 nbboPriceCap "
        "auctionStrategy=0 startingPrice stockRefPrice delta stockRangeLower stockRangeUpper "
        "overridePercentageConstraints=0 volatility volatilityType"
    ),
    fields("deltaNeutralOrderType deltaNeutralAuxPrice"),
    when(
        "deltaNeutralOrderType",
        is_given,
        fields(
            "deltaNeutralConId deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent "
            "deltaNeutralOpenClose deltaNeutralShortSale deltaNeutralShortSaleSlot deltaNeutralDesignatedLocation"
        ),
    ),
    fields("continuousUpdate=0 referencePriceType trailStopPrice trailingPercent"),
    fields("scaleInitLevelSize scaleSubsLevelSize scalePriceIncrement"),
    when("scalePriceIncrement", is_positive, fields(_SCALE_7)),
    fields("scaleTable activeStartTime activeStopTime hedgeType"),
    when("hedgeType", is_given, fields("hedgeParam")),
    fields("optOutSmartRouting=0 clearingAccount clearingIntent notHeld=0 deltaNeutralContract=0"),
    _DELTA_NEUTRAL_CONTRACT,
    fields("algoStrategy"),
    _ALGO,
    fields("algoId whatIf=0 orderMiscOptions solicited=0 randomizeSize=0 randomizePrice=0"),
    when("orderType", _is_peg_bench, _PEG_BENCH),
)
"""Read up to here: what follows (conditions, adjusted orders, soft dollars, MiFID) concerns no order that is served."""

OPEN_ORDER = layout(
    5,
    "openOrder",
    fields(f"orderId {CONTRACT_11}"),
    fields("action totalQuantity orderType lmtPrice=0.0 auxPrice=0.0 tif=DAY ocaGroup account openClose origin=0"),
    fields("orderRef clientId permId outsideRth=0 hidden=0 discretionaryAmt=0 goodAfterTime sharesAllocation"),
    fields("faGroup faMethod faPercentage"),
    before(177, "faProfile"),
    fields("modelCode goodTillDate rule80A percentOffset settlingFirm shortSaleSlot=0 designatedLocation"),
    fields("exemptCode=-1 auctionStrategy=0 startingPrice stockRefPrice delta stockRangeLower stockRangeUpper"),
    fields(f"{_SIZE} blockOrder=0 sweepToFill=0 allOrNone=0 minQty ocaType=3 eTradeOnly=0 firmQuoteOnly=0"),
    fields("nbboPriceCap parentId=0 triggerMethod=0 volatility volatilityType=0"),
    fields("deltaNeutralOrderType=None deltaNeutralAuxPrice"),
    when(
        "deltaNeutralOrderType",
        is_given,
        fields(
            "deltaNeutralConId=0 deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent "
            "deltaNeutralOpenClose=? deltaNeutralShortSale=0 deltaNeutralShortSaleSlot=0 deltaNeutralDesignatedLocation"
        ),
        default="None",
    ),
    fields("continuousUpdate=0 referencePriceType=0 trailStopPrice trailingPercent basisPoints basisPointsType"),
    fields("comboLegsDescrip"),
    *_COMBO,
    fields(_SCALE),
    when("scalePriceIncrement", is_positive, fields(_SCALE_7)),
    fields("hedgeType"),
    when("hedgeType", is_given, fields("hedgeParam")),
    fields("optOutSmartRouting=0 clearingAccount clearingIntent=IB notHeld=0 deltaNeutralContract=0"),
    _DELTA_NEUTRAL_CONTRACT,
    fields("algoStrategy"),
    _ALGO,
    fields("solicited=0 whatIf=0 status"),
    unset("initMarginBefore maintMarginBefore equityWithLoanBefore"),
    unset("initMarginChange maintMarginChange equityWithLoanChange"),
    unset("initMarginAfter maintMarginAfter equityWithLoanAfter"),
    fields("commission minCommission maxCommission commissionCurrency warningText randomizeSize=0 randomizePrice=0"),
    when("orderType", _is_peg_bench, _PEG_BENCH),
    rows("conditions"),
    fields("adjustedOrderType=None"),
    unset("triggerPrice adjustedTrailStopPrice lmtPriceOffset adjustedStopPrice adjustedStopLimitPrice"),
    unset("adjustedTrailingAmount"),
    fields("adjustableTrailingUnit=0 softDollarName softDollarValue softDollarDisplayName cashQty=0"),
    fields("dontUseAutoPriceForHedge=1 isOmsContainer=0 discretionaryUpToLimitPrice=0 usePriceMgmtAlgo=0"),
    since(158, "duration"),
    since(160, "postToAts"),
    since(162, "autoCancelParent=0"),
    _PEGGING,
)

COMPLETED_ORDER = layout(
    101,
    "completedOrder",
    fields(CONTRACT_11),
    fields("action totalQuantity orderType lmtPrice=0.0 auxPrice=0.0 tif=DAY ocaGroup account openClose origin=0"),
    fields("orderRef permId outsideRth=0 hidden=0 discretionaryAmt=0 goodAfterTime faGroup faMethod faPercentage"),
    before(177, "faProfile"),
    fields("modelCode goodTillDate rule80A percentOffset settlingFirm shortSaleSlot=0 designatedLocation"),
    fields("exemptCode=-1 startingPrice stockRefPrice delta stockRangeLower stockRangeUpper"),
    fields(f"{_SIZE} sweepToFill=0 allOrNone=0 minQty ocaType=3 triggerMethod=0 volatility volatilityType=0"),
    fields("deltaNeutralOrderType=None deltaNeutralAuxPrice"),
    when(
        "deltaNeutralOrderType",
        is_given,
        fields(
            "deltaNeutralConId=0 deltaNeutralShortSale=0 deltaNeutralShortSaleSlot=0 deltaNeutralDesignatedLocation"
        ),
        default="None",
    ),
    fields("continuousUpdate=0 referencePriceType=0 trailStopPrice trailingPercent comboLegsDescrip"),
    *_COMBO,
    fields(_SCALE),
    when("scalePriceIncrement", is_positive, fields(_SCALE_7)),
    fields("hedgeType"),
    when("hedgeType", is_given, fields("hedgeParam")),
    fields("clearingAccount clearingIntent=IB notHeld=0 deltaNeutralContract=0"),
    _DELTA_NEUTRAL_CONTRACT,
    fields("algoStrategy"),
    _ALGO,
    fields("solicited=0 status randomizeSize=0 randomizePrice=0"),
    when("orderType", _is_peg_bench, _PEG_BENCH),
    rows("conditions"),
    unset("adjustedTrailStopPrice lmtPriceOffset"),
    fields("cashQty=0 dontUseAutoPriceForHedge=1 isOmsContainer=0 autoCancelDate filledQuantity=0"),
    fields(f"refFuturesConId={UNSET_INT} autoCancelParent=0"),
    (Field("shareholder", "Not an insider or substantial shareholder"),),
    fields(f"imbalanceOnly=0 routeMarketableToBbo=0 parentPermId={UNSET_LONG} completedTime completedStatus"),
    _PEGGING,
)

"""Requests about the account: values, positions, profit and loss."""

from __future__ import annotations

from lottogrid.gateway import codes, statement
from lottogrid.gateway.fields import Message
from lottogrid.gateway.reading import Refused, flag, whole
from lottogrid.gateway.session import Handler, Session


def _updates(session: Session, message: Message) -> None:
    _check(session, message["account"])
    session.wants_account = flag(message, "subscribe")
    if session.wants_account:
        session.told.clear()
        statement.values(session)
        session.send("accountDownloadEnd", account=session.hub.rules.account)


def _updates_multi(session: Session, message: Message) -> None:
    request = whole(message, "reqId")
    account = session.hub.rules.account
    _check(session, message["account"])
    for key, value, currency in statement.figures(session.hub):
        session.send(
            "accountUpdateMulti",
            reqId=request,
            account=account,
            model=message["model"],
            key=key,
            value=value,
            currency=currency,
        )
    session.send("accountUpdateMultiEnd", reqId=request)


def _summary(session: Session, message: Message) -> None:
    request = whole(message, "reqId")
    wanted = set(message["tags"].split(","))
    for tag, value, currency in statement.figures(session.hub):
        if tag in wanted:
            session.send(
                "accountSummary",
                reqId=request,
                account=session.hub.rules.account,
                tag=tag,
                value=value,
                currency=currency,
            )
    session.send("accountSummaryEnd", reqId=request)


def _positions(session: Session, _: Message) -> None:
    session.wants_positions = True
    session.told.clear()
    statement.positions(session)
    session.send("positionEnd")


def _cancel_positions(session: Session, _: Message) -> None:
    session.wants_positions = False


def _pnl(session: Session, message: Message) -> None:
    request = whole(message, "reqId")
    _check(session, message["account"])
    session.pnl_requests.add(request)
    session.told.pop(f"pnl {request}", None)
    statement.pnl(session, request)


def _cancel_pnl(session: Session, message: Message) -> None:
    session.pnl_requests.discard(whole(message, "reqId"))


def _cancel(session: Session, message: Message) -> None:
    """Do nothing: summaries and values of this kind are told once and not kept up to date."""


def _check(session: Session, account: str) -> None:
    known = session.hub.rules.account
    if account not in {"", "All", known}:
        raise Refused(codes.INVALID, f"Error validating request: account {account} is unknown, expected {known}")


HANDLERS: dict[str, Handler] = {
    "reqAccountUpdates": _updates,
    "reqAccountUpdatesMulti": _updates_multi,
    "cancelAccountUpdatesMulti": _cancel,
    "reqAccountSummary": _summary,
    "cancelAccountSummary": _cancel,
    "reqPositions": _positions,
    "cancelPositions": _cancel_positions,
    "reqPnL": _pnl,
    "cancelPnL": _cancel_pnl,
}

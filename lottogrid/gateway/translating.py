"""What a recorded client said, in the numbers of another server: accounts, contracts, market rules, orders."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from lottogrid.errors import BadInput
from lottogrid.gateway.codec import frame
from lottogrid.gateway.fields import Message
from lottogrid.gateway.incoming import INCOMING
from lottogrid.gateway.outgoing import OUTGOING

_LEARNT = {OUTGOING[name].number: OUTGOING[name] for name in ("managedAccounts", "nextValidId", "contractDetails")}
_CONTRACTS = {"conId", "underlyingConId", "underConId"}
_ACCOUNTS = {"account", "acctCode"}


class Names:
    """What a server calls things, as far as it has told."""

    def __init__(self) -> None:
        self.account = ""
        self.first_order_id = 0
        self.contracts: dict[tuple[str, ...], str] = {}
        """Numbers of contracts by what they are."""
        self.rules: dict[tuple[str, ...], list[str]] = {}
        """Numbers of market rules, in the order of the exchanges."""

    def learn(self, texts: list[str], version: int) -> None:
        """Take in a message; those that name nothing are passed over."""
        layout = _LEARNT.get(int(texts[0])) if texts and texts[0].isdigit() else None
        if layout is None:
            return
        try:
            found, _ = layout.read(texts[1:], version)
        except BadInput:
            return
        if layout.name == "managedAccounts":
            self.account = found["accounts"].split(",")[0]
        elif layout.name == "nextValidId":
            self.first_order_id = self.first_order_id or _whole(found["orderId"])
        else:
            key = _key(found)
            self.contracts[key] = found["conId"]
            self.rules[key] = found["marketRuleIds"].split(",")


class Translator:
    """Turns a recorded client's messages into ones that another server understands."""

    def __init__(self, recorded: Iterable[list[str]], version: int) -> None:
        """Learn what the recorded server called things; `version` is the protocol's."""
        self.theirs, self.ours = Names(), Names()
        self._version = version
        for texts in recorded:
            self.theirs.learn(texts, version)

    def hear(self, texts: list[str]) -> None:
        """Learn what the other server calls things."""
        self.ours.learn(texts, self._version)

    def translated(self, texts: list[str]) -> bytes:
        """Return a client's message as a frame; what is not understood is passed on as it is."""
        layout = INCOMING.get(int(texts[0])) if texts and texts[0].isdigit() else None
        if layout is None:
            return frame(texts)
        try:
            found, rest = layout.read(texts[1:], self._version)
        except BadInput:
            return frame(texts)
        changed = self._changed(found)
        return frame(texts if changed == found else [*layout.write(changed, self._version), *rest])

    def _changed(self, message: Message) -> Message:
        return {name: self._one(name, value) for name, value in message.items()}

    def _one(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._changed(row) for row in value]
        if name in _CONTRACTS:
            return self._same_contract(value)
        if name in _ACCOUNTS and value == self.theirs.account:
            return self.ours.account or value
        if name in {"orderId", "parentId"} and _whole(value):
            # Never lower: a fresh server takes any number, one that has served before none that was used.
            return str(_whole(value) + max(0, self.ours.first_order_id - self.theirs.first_order_id))
        return self._same_rule(value) if name == "ruleId" else value

    def _same_contract(self, number: str) -> str:
        key = next((key for key, one in self.theirs.contracts.items() if one == number), None)
        return number if key is None else self.ours.contracts.get(key, number)

    def _same_rule(self, number: str) -> str:
        for key, numbers in self.theirs.rules.items():
            ours = self.ours.rules.get(key, [])
            for one, other in zip(numbers, ours, strict=False):
                if one == number:
                    return other
        return number


def _key(details: Message) -> tuple[str, ...]:
    return (
        details["secType"],
        details["symbol"],
        details["lastTradeDate"][:8],
        _number(details["strike"]),
        details["right"] if details["right"] in {"C", "P"} else "",
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _number(text: str) -> str:
    try:
        return f"{Decimal(text or 0).normalize():f}"
    except InvalidOperation:
        return text

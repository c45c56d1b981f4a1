"""The one place that knows apprise, which knows mail, Telegram, Slack, webhooks and a hundred more."""

from __future__ import annotations

import logging
from typing import Any

from lottogrid.alerts.codes import Severity
from lottogrid.alerts.courier import ATTEMPTS, Deliver, Lane
from lottogrid.alerts.throttle import Message
from lottogrid.alerts.urls import Url
from lottogrid.errors import BadInput, Missing

_KINDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}


def lanes(urls: tuple[Url, ...], *, attempts: int = ATTEMPTS) -> list[Lane]:
    """Return a way to each address, not started yet, that tries so often to deliver a message.

    Raises:
        BadInput: an address is none that apprise understands.
        Missing: apprise is not installed.
    """
    if not urls:
        return []
    try:
        import apprise  # noqa: PLC0415 - an extra, and it takes a moment
    except ImportError:
        raise Missing(
            "alerts: expected the package apprise, found none; install lottogrid[alerts] or empty alerts.urls_file"
        ) from None
    _keep_quiet(logging.getLogger("apprise"))
    return [
        Lane(f"{url.kind} ({number})", _deliver(apprise, url, number), attempts=attempts)
        for number, url in enumerate(urls, start=1)
    ]


def _deliver(apprise: Any, url: Url, number: int) -> Deliver:
    way = apprise.Apprise()
    if not way.add(url.secret):
        raise BadInput(f"alerts.urls_file: expected an address that apprise understands, found {url} as no. {number}")

    def deliver(message: Message) -> bool:
        return bool(way.notify(title=message.title, body=message.body, notify_type=_KINDS[message.severity]))

    return deliver


def _keep_quiet(library: logging.Logger) -> None:
    """It writes addresses into its log."""
    library.handlers = [logging.NullHandler()]
    library.propagate = False

"""What goes wrong between the bot and its broker: one row a scenario, one line of why.

The bot never modifies an order: it cancels, waits for proof, and sends another. What can go wrong with a
modification is tested at the gateway alone.
"""

from __future__ import annotations

from tests.scenarios.data import DATA
from tests.scenarios.link import LINK
from tests.scenarios.orders import ORDERS

SCENARIOS = (*LINK, *DATA, *ORDERS)

"""Trading days: when a session opens and ends, and when the bot enters and flattens in it.

No published calendar is right about CME on every date, so several sources are asked, the earliest end wins, and a
day on which they disagree is not traded.
"""

from lottogrid.calendar.days import NoTrading, TradingDay
from lottogrid.calendar.sessions import Calendar, Session

__all__ = ["Calendar", "NoTrading", "Session", "TradingDay"]

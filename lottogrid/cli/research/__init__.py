"""The commands on past and made-up days: replay, backtest, sweep, walk forward, calibrate; and what they keep."""

"""The fast backtest: the rule of the live bot over days of bars, all days at once, equal to the replay to the cent."""

"""`lottogrid run`: one session of the bot, with everything that lives as long as it does."""

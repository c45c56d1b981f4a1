"""Actors that can be run on threads or step by step: names, mailboxes, timers, deaths. Knows nothing of trading."""

"""The errors of lottogrid. The class is the policy: retry, tell the operator, or crash."""

from __future__ import annotations


class LottogridError(Exception):
    """Base of all errors raised on purpose. Its text says what was expected, what was found, what to do."""

    exit_code = 2


class BadInput(LottogridError):  # noqa: N818
    """What was given is wrong: a setting, a file, an argument. Nothing was done."""


class Missing(LottogridError):  # noqa: N818
    """A needed thing is absent or unreachable: a file, a package, a broker, a lock that another process holds."""

    exit_code = 3


class NeedsOperator(LottogridError):  # noqa: N818
    """Trading must halt until a person has looked: the book and the broker disagree, or a rule was broken."""

    exit_code = 1

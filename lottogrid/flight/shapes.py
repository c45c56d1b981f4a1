"""The simplest forms of values as JSON, whole or as a change from the value before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final


class Same:
    """The type of `SAME`."""


SAME: Final = Same()
"""Stands for a change that is none; it is never written."""
_WHOLE: Final = "="
"""The sign; no field has this name."""


class Form(ABC):
    """How values of one type are written. For all values `patch(old, delta(old, new))` is `new`, as is what is read."""

    @abstractmethod
    def write(self, value: Any) -> Any:
        """Return the whole value, ready for JSON."""

    @abstractmethod
    def read(self, plain: Any) -> Any:
        """Return the value that was written."""

    @abstractmethod
    def delta(self, old: Any, new: Any) -> Any:
        """Return what makes `new` of `old`, ready for JSON; `SAME` where they are written alike."""

    @abstractmethod
    def patch(self, old: Any, change: Any) -> Any:
        """Return the value that `change` makes of `old`."""


class Scalar(Form):
    """A value that is written in one piece; None is written as null."""

    def __init__(self, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> None:
        self._write = write
        self._read = read

    def write(self, value: Any) -> Any:
        """Return its plain form."""
        return None if value is None else self._write(value)

    def read(self, plain: Any) -> Any:
        """Return it."""
        return None if plain is None else self._read(plain)

    def delta(self, old: Any, new: Any) -> Any:
        """Return the new one where it is written otherwise than the old one."""
        if old is new:
            return SAME
        plain = self.write(new)
        return SAME if plain == self.write(old) else plain

    def patch(self, old: Any, change: Any) -> Any:
        """Return the new one."""
        del old
        return self.read(change)


class Choice(Form):
    """One of several kinds, None among them; what is of another kind than before is written whole, under a sign."""

    def __init__(self, write: Callable[[Any], Any], read: Callable[[Any], Any], form: Callable[[Any], Form]) -> None:
        """Take what writes and reads a whole, and what returns the form for values of one kind."""
        self._write = write
        self._read = read
        self._form = form

    def write(self, value: Any) -> Any:
        """Return its whole form."""
        return self._write(value)

    def read(self, plain: Any) -> Any:
        """Return it."""
        return self._read(plain)

    def delta(self, old: Any, new: Any) -> Any:
        """Return its change where the kind is the old one's, else the whole."""
        if old is new:
            return SAME
        if old is None or type(old) is not type(new):
            return {_WHOLE: self._write(new)}
        return self._form(type(new)).delta(old, new)

    def patch(self, old: Any, change: Any) -> Any:
        """Return the new one."""
        if isinstance(change, dict) and _WHOLE in change:
            return self._read(change[_WHOLE])
        return self._form(type(old)).patch(old, change)


class Row(Form):
    """A tuple of fixed length with a form for each place; any change is written whole."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms = tuple(forms)

    def write(self, value: Any) -> Any:
        """Return a list."""
        return [form.write(each) for form, each in zip(self._forms, value, strict=True)]

    def read(self, plain: Any) -> Any:
        """Return a tuple."""
        return tuple(form.read(each) for form, each in zip(self._forms, plain, strict=True))

    def delta(self, old: Any, new: Any) -> Any:
        """Return the whole where a place differs."""
        pairs = zip(self._forms, old, new, strict=True)
        return SAME if all(form.delta(*pair) is SAME for form, *pair in pairs) else self.write(new)

    def patch(self, old: Any, change: Any) -> Any:
        """Return the new one."""
        del old
        return self.read(change)

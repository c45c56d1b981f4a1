"""All machines by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from machines.actor import ACTOR
from machines.base import MachineSpec
from machines.connection import CONNECTION
from machines.engine import ENGINE
from machines.leg import LEG
from machines.order import ORDER
from machines.position import POSITION
from machines.session import SESSION

ALL: Mapping[str, MachineSpec[Any]] = MappingProxyType(
    {machine.name: machine for machine in (ENGINE, SESSION, CONNECTION, POSITION, LEG, ORDER, ACTOR)}
)
"""From the operator's view down to the plumbing."""

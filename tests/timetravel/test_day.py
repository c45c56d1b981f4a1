"""A whole day of the simulated bot, killed again and again: what is rebuilt is what was seen."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from actors.broker import MakePort
from actors.past import Past
from actors.simulation.swarm import Kind, draw_setting
from actors.simulation.world import World
from actors.tree import Parts
from actors.view_json import to_json
from lottogrid.cli.run.recording import beside
from lottogrid.cli.simulate.house import SimulatedHouse
from lottogrid.ledger.ledger import Ledger
from lottogrid.settings import Settings
from tests.simulation.made import number_of, options
from tests.timetravel.made import SLOW as PACE
from tests.timetravel.made import Witness, recording

KILLS = 6
MOMENTS = 200
BACK_AFTER = timedelta(seconds=40)
ACTORS = ("ledger", "risk", "strategist", "broker", "recorder", "flight")


@dataclass(frozen=True)
class RecordingHouse(SimulatedHouse):
    """Builds bots that record what `witness` sees, too."""

    ledger: Path = Path()
    witness: Witness | None = None

    def parts(
        self, settings: Settings, open_ledger: Callable[[], Ledger], make_port: MakePort, starts: datetime
    ) -> Parts:
        assert self.witness is not None
        made = recording(settings, self.ledger, starts, look=self.witness.look, pace=PACE)
        return replace(super().parts(settings, open_ledger, make_port, starts), recording=made)


@pytest.mark.slow
def test_at_200_moments_of_a_day_with_kills_the_rebuilt_picture_is_the_one_that_was_seen(tmp_path: Path) -> None:
    """Field by field, with the process killed six times and six actors between; also while nobody was there."""
    source = random.Random("time travel")
    witness = Witness()
    house = RecordingHouse(ledger=tmp_path / "ledger.sqlite", witness=witness)
    asked = options(house=house)
    setting = draw_setting(asked, number_of(Kind.FULL, asked))
    template = tmp_path / "empty.sqlite"
    Ledger.open(template, durable=False).close()
    world = World(house, setting, (), tmp_path, template.read_bytes(), seed=1)
    day = setting.sessions[0].day
    span = day.flatten - day.opens
    for _ in range(KILLS):
        world.at(day.opens + source.random() * span, lambda: world._leave(BACK_AFTER))
    for name in ACTORS:
        world.at(day.opens + source.random() * span, lambda name=name: world.kill(name))

    world.play()

    assert world.violation is None
    assert world.lives == KILLS + 1
    past = Past(beside(house.ledger), house.ledger)
    begins = witness.views[0].at
    found = set()
    for _ in range(MOMENTS):
        moment = begins + source.random() * (day.closes - begins)
        seen = witness.at(moment)
        assert to_json(past.at(moment).view) == to_json(seen), moment
        found.add(seen.at)
    assert len(found) > MOMENTS / 2
    with closing(Ledger.open_read_only(house.ledger)) as ledger:
        assert len(ledger.positions()) > 1

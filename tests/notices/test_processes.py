"""Real workers that are killed while they tell people: nobody lost, nobody recorded twice (BARS 10)."""

import pytest

from tests.load.notices_kill import run

pytestmark = pytest.mark.database


@pytest.mark.rule("NOT-4")
def test_NOT_4_kill_9_of_the_worker_loses_nobody_and_tells_nobody_twice(tmp_path):
    figures = run(people=60, kills=2, seed=4, folder=tmp_path, batch=20)
    assert (figures.lost, figures.recorded_twice, figures.mails_without_record) == (0, 0, 0)
    assert (figures.repeated_under_another_id, figures.repeated <= 2) == (0, True)
    assert figures.kills_while_telling + figures.kills_while_sending == 2

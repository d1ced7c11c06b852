"""Which version an alias means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.stepfunctions.aliases import decide_version


@pytest.mark.parametrize(
    ("chance", "version"), [(0.0, "1"), (0.099, "1"), (0.1, "2"), (0.5, "2"), (0.999, "2")]
)
def test_each_version_has_the_share_of_its_weight(chance, version):
    assert decide_version({"1": 10, "2": 90}, chance) == version


@given(st.integers(0, 100), st.floats(0, 1, exclude_max=True))
def test_a_version_of_weight_0_is_never_meant(weight, chance):
    routes = {"1": weight, "2": 100 - weight}
    assert routes[decide_version(routes, chance)] > 0

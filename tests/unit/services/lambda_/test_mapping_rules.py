"""How many batches may run, and the states of a mapping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.lambda_.mapping_rules import Scaling, decide_concurrency, decide_transition, read_scaling


@pytest.mark.parametrize(
    ("saturated_ms", "maximum", "allowed"),
    [
        (0, None, 5),
        (9_999, None, 5),
        (10_000, None, 10),
        (3_600_000, None, 1_000),
        (0, 2, 2),
        (60_000, 50, 50),
    ],
)
def test_concurrency_doubles_every_ten_seconds_up_to_its_maximum(saturated_ms, maximum, allowed):
    assert decide_concurrency(saturated_ms, Scaling(most=maximum or 1_000)) == allowed


@given(first=st.integers(0, 10**7), more=st.integers(0, 10**7))
def test_concurrency_never_shrinks_while_there_is_too_much_to_do(first, more):
    assert decide_concurrency(first, Scaling()) <= decide_concurrency(first + more, Scaling())


@pytest.mark.parametrize(
    ("state", "asked", "decision"),
    [
        ("Enabled", None, ("Updating", "Enabled")),
        ("Enabled", True, ("Updating", "Enabled")),
        ("Enabled", False, ("Disabling", "Disabled")),
        ("Disabled", None, ("Updating", "Disabled")),
        ("Disabled", True, ("Enabling", "Enabled")),
        ("Disabled", False, ("Updating", "Disabled")),
    ],
)
def test_an_update_leads_somewhere(state, asked, decision):
    assert decide_transition(state, asked) == decision


@pytest.mark.parametrize(
    ("body", "scaling"),
    [
        ({}, Scaling(5, 1_000)),
        ({"ScalingConfig": {"MaximumConcurrency": 7}}, Scaling(5, 7)),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 9}}, Scaling(20, 90)),
    ],
)
def test_a_provisioned_poller_brings_ten_batches(body, scaling):
    assert read_scaling(body) == scaling

"""Real servers that are killed: slow, and each run differs. ``--crash-seed`` repeats the moments of one."""

import random
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def pytest_addoption(parser):
    parser.addoption("--crash-seed", type=int, default=None, help="seed of the moments of tests/crash")


def pytest_collection_modifyitems(items):
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def chance(request):
    """Where the moments come from. Printed, so that a failure tells how to come near it again."""
    seed = request.config.getoption("--crash-seed", default=None)
    if seed is None:
        seed = random.SystemRandom().randrange(10**9)
    print(f"repeat with --crash-seed={seed}")
    return random.Random(seed)

"""``--seed``: which run, or runs (``1-200``); ``random`` takes a fresh one. Without, always the same few."""

import random

FIXED = "1-3"


def pytest_addoption(parser):
    parser.addoption("--seed", default="", help="tests/simulation: a seed, a range (1-200), or random")


def pytest_generate_tests(metafunc):
    if "seed" not in metafunc.fixturenames:
        return
    given = metafunc.config.getoption("--seed", default="") or FIXED
    if given == "random":
        given = str(random.SystemRandom().randrange(10**9))
    first, _, last = given.partition("-")
    metafunc.parametrize("seed", range(int(first), int(last or first) + 1))

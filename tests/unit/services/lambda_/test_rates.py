"""Requests a second: ten for each unit of concurrency, at once and then as time goes by."""

from types import SimpleNamespace

from sundog.scope import Scope
from sundog.services.lambda_.errors import TooManyRequestsException
from sundog.services.lambda_.names import FunctionName
from sundog.services.lambda_.rates import RESERVED, UNRESERVED, Rates


class Watch:
    """A clock whose real time the test moves."""

    now_ns = 0

    def monotonic_ns(self):
        return self.now_ns


def callee(name="f", reserved=2):
    return SimpleNamespace(name=FunctionName(Scope(), name), function=SimpleNamespace(reserved=reserved))


def admitted(rates, callee, tries):
    count = 0
    for _ in range(tries):
        try:
            rates.enter(callee)
        except TooManyRequestsException as error:
            return count, error.members["Reason"]
        count += 1
    return count, ""


def test_a_function_has_ten_requests_for_each_it_may_run():
    watch = Watch()
    rates = Rates(watch)
    assert admitted(rates, callee(), 100) == (20, RESERVED)
    watch.now_ns += 500_000_000
    assert admitted(rates, callee(), 100) == (10, RESERVED)
    watch.now_ns += 3_600_000_000_000
    assert admitted(rates, callee(), 100) == (20, RESERVED)


def test_what_is_not_reserved_shares_the_rate_of_the_account():
    rates = Rates(Watch())
    assert admitted(rates, callee("f", None), 6_000) == (6_000, "")
    assert admitted(rates, callee("g", None), 6_000) == (4_000, UNRESERVED)
    assert admitted(rates, callee("h", 1), 6) == (6, "")


def test_a_function_that_may_not_run_is_refused_by_its_concurrency():
    assert admitted(Rates(Watch()), callee(reserved=0), 30) == (30, "")

"""How many invocations may run at once."""

import pytest

from sundog.scope import Scope
from sundog.services.lambda_.admission import Admission
from sundog.services.lambda_.catalog import Callee
from sundog.services.lambda_.errors import TooManyRequestsException
from sundog.services.lambda_.model import Function
from sundog.services.lambda_.names import FunctionName


def callee(name="f", *, most=2, reserved=False, provisioned=0, qualifier=""):
    function = Function(Scope(), name, "id", 0, most if reserved else None, {}, "Terminate", "")
    return Callee(FunctionName(Scope(), name, qualifier), function, (), provisioned, most, reserved)


def reason(admission, target):
    with pytest.raises(TooManyRequestsException) as caught, admission.enter(target):
        raise AssertionError("there was a place")
    return caught.value.members["Reason"]


def test_a_reserved_function_has_its_own_places():
    admission, busy = Admission(), callee(most=1, reserved=True)
    with admission.enter(busy) as place:
        assert place.running == 1
        assert reason(admission, busy) == "ReservedFunctionConcurrentInvocationLimitExceeded"
        with admission.enter(callee("g", most=1)):
            pass
    with admission.enter(busy):
        pass


def test_unreserved_functions_share_the_places_of_the_account():
    admission = Admission()
    with admission.enter(callee("f", most=2)), admission.enter(callee("g", most=2)):
        assert reason(admission, callee("h", most=2)) == "ConcurrentInvocationLimitExceeded"


def test_nothing_reserved_lets_nothing_run():
    assert reason(Admission(), callee(most=0, reserved=True)).startswith("ReservedFunction")


def test_provisioned_places_come_first():
    admission, target = Admission(), callee(most=0, reserved=True, provisioned=1, qualifier="live")
    with admission.enter(target):
        assert reason(admission, target).startswith("ReservedFunction")


def test_an_invocation_that_fails_leaves_its_place():
    admission, target = Admission(), callee(most=1, reserved=True)
    with pytest.raises(RuntimeError), admission.enter(target):
        raise RuntimeError
    with admission.enter(target) as place:
        assert place.running == 1

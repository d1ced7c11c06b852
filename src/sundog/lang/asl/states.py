"""From the JSON of one state to its value in the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sundog.lang.asl.choice import parse_rule
from sundog.lang.asl.errors import parse_catchers, parse_retriers, result_path
from sundog.lang.asl.fields import TEXT, integer_kind, path_field, seconds_field, timestamp_field, value_field
from sundog.lang.asl.maps import ParseFlow, parse_map
from sundog.lang.asl.node import Node
from sundog.lang.asl.resource import TaskResource, parse_resource
from sundog.lang.asl.support import check_support
from sundog.lang.asl.templates import object_template, template_field
from sundog.lang.asl.tree import (
    STATE_TYPES,
    Choice,
    Fail,
    Field,
    MachineType,
    Parallel,
    Pass,
    QueryLanguage,
    State,
    Succeed,
    Task,
    Wait,
    Work,
)

TIMEOUT_SECONDS_MAX: Final = 99_999_999
_TERMINAL: Final = ("Succeed", "Fail", "Choice")
_EXPRESS_REFUSES: Final = {"sync": ".sync", "sync:2": ".sync:2", "wait_for_task_token": ".waitForTaskToken"}

Parse = Callable[[Node, ParseFlow, MachineType], Work | None]


def parse_state_node(node: Node, name: str, parse_flow: ParseFlow, machine_type: MachineType) -> State | None:
    """None, and problems, when it is no state."""
    language = _language(node)
    if language is None or not node.require("Type"):
        return None
    node = node.speaking(language)
    state_type = node.get("Type")
    if state_type not in STATE_TYPES:
        listed = ", ".join(STATE_TYPES)
        node.refuse(f"The field 'Type' should have one of these values: [{listed}]", "/Type")
        return None
    check_support(node, state_type)
    if state_type not in _TERMINAL:
        _check_transition(node)
    work = _PARSE[state_type](node, parse_flow, machine_type)
    return _state(node, name, language, work) if work is not None else None


def _language(node: Node) -> QueryLanguage | None:
    language = node.value.get("QueryLanguage", node.language)
    if language not in ("JSONPath", "JSONata"):
        node.refuse(
            "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]", "/QueryLanguage"
        )
        return None
    if language == "JSONPath" and node.is_jsonata:
        node.refuse("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
        return None
    return language  # type: ignore[no-any-return]


def _check_transition(node: Node) -> None:
    end = node.value.get("End", False)
    if not isinstance(end, bool):
        node.refuse("Expected value of type Boolean", "/End")
    if node.has("Next") == bool(end):
        if end:
            node.refuse("Only one of 'Next' and 'End' can be set")
        else:
            node.refuse("These fields are required: [Next]")


def _state(node: Node, name: str, language: QueryLanguage, work: Work) -> State:
    is_jsonpath = language == "JSONPath"
    is_map = node.get("Type") == "Map"
    parameters = None if is_map else template_field(node, "Parameters" if is_jsonpath else "Arguments")
    return State(
        name=name,
        work=work,
        query_language=language,
        pointer=node.pointer,
        next=node.text("Next"),
        is_end=node.get("End") is True,
        comment=node.text("Comment"),
        input_path=path_field(node, "InputPath") if is_jsonpath else None,
        parameters=parameters,
        result_selector=template_field(node, "ResultSelector") if is_jsonpath else None,
        result_path=result_path(node),
        output_path=path_field(node, "OutputPath") if is_jsonpath else None,
        output=None if is_jsonpath else template_field(node, "Output"),
        assign=object_template(node, "Assign"),
        retry=parse_retriers(node),
        catch=parse_catchers(node),
    )


def _pass(node: Node, parse_flow: ParseFlow, machine_type: MachineType) -> Work:
    return Pass(node.get("Result"), node.has("Result"))


def _task(node: Node, parse_flow: ParseFlow, machine_type: MachineType) -> Work | None:
    role_arn = None
    credentials = node.child("Credentials")
    if credentials is not None:
        role_arn = _role_arn(credentials)
    timeout = value_field(node, "TimeoutSeconds", integer_kind(_positive("TimeoutSeconds")))
    heartbeat = value_field(node, "HeartbeatSeconds", integer_kind(_positive("HeartbeatSeconds")))
    given = node.get("TimeoutSeconds"), node.get("HeartbeatSeconds")
    if all(type(value) is int for value in given) and given[1] >= given[0]:
        node.refuse("HeartbeatSeconds must be smaller than TimeoutSeconds", "/HeartbeatSeconds")
    resource = _resource(node, machine_type) if node.require("Resource") else None
    return None if resource is None else Task(resource, timeout, heartbeat, role_arn)


def _role_arn(node: Node) -> Field[str] | None:
    """``RoleArn``, or ``RoleArn.$`` with a path or an intrinsic function in JSONPath."""
    if not node.is_jsonata and node.has("RoleArn.$"):
        whole = template_field(_alone(node), "Credentials")
        if whole is None:
            return None
        read = whole.read
        return Field("RoleArn.$", whole.source, lambda env: str(read(env)["RoleArn"]), whole.variables)
    if not node.has("RoleArn"):
        node.refuse("The field 'RoleArn' is required but was missing")
    return value_field(node, "RoleArn", TEXT)


def _alone(node: Node) -> Node:
    """The object as a field of its own, so that it is read as one template."""
    pointer = node.pointer.removesuffix("/Credentials")
    return Node({"Credentials": node.value}, pointer, node.problems, node.language)


def _positive(name: str) -> Callable[[int], str | None]:
    return lambda value: (
        None if 1 <= value <= TIMEOUT_SECONDS_MAX else f"{name} must be between 1 and {TIMEOUT_SECONDS_MAX}."
    )


def _resource(node: Node, machine_type: MachineType) -> TaskResource | None:
    arn = node.text("Resource")
    if arn is None:
        return None
    resource = parse_resource(arn)
    if resource is None:
        problem = (
            f"The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the "
            "resource is not available in this region."
        )
        node.refuse(problem if arn.startswith("arn:") else "Value is not a valid resource ARN", "/Resource")
        return None
    if machine_type == "EXPRESS":
        pattern = "activity" if resource.kind == "activity" else _EXPRESS_REFUSES.get(resource.pattern)
        if pattern:
            node.refuse(
                f"Express state machine does not support '{pattern}' service integration", "/Resource"
            )
    return resource


def _choice(node: Node, parse_flow: ParseFlow, machine_type: MachineType) -> Work | None:
    if not node.require("Choices"):
        return None
    if node.get("Choices") == []:
        node.refuse("The field 'Choices' must not be empty", "/Choices")
    rules = [parse_rule(child) for child in node.children("Choices")]
    return Choice(tuple(rule for rule in rules if rule is not None), node.text("Default"))


def _wait(node: Node, parse_flow: ParseFlow, machine_type: MachineType) -> Work | None:
    names = [n for n in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if node.has(n)]
    if len(names) != 1:
        node.refuse(
            "Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]"
        )
        return None
    return Wait(seconds_field(node), timestamp_field(node))


def _succeed(node: Node, parse_flow: ParseFlow, machine_type: MachineType) -> Work:
    return Succeed()


def _fail(node: Node, parse_flow: ParseFlow, machine_type: MachineType) -> Work:
    return Fail(value_field(node, "Error", TEXT), value_field(node, "Cause", TEXT))


def _parallel(node: Node, parse_flow: ParseFlow, machine_type: MachineType) -> Work | None:
    if not node.require("Branches"):
        return None
    if node.get("Branches") == []:
        node.refuse("The field 'Branches' must not be empty", "/Branches")
    branches = [parse_flow(child) for child in node.children("Branches")]
    return Parallel(tuple(branch for branch in branches if branch is not None))


def _map(node: Node, parse_flow: ParseFlow, machine_type: MachineType) -> Work | None:
    parsed = parse_map(node, parse_flow)
    if parsed is not None and parsed.mode == "DISTRIBUTED" and machine_type == "EXPRESS":
        node.refuse("Express state machine does not support Distributed Map")
    return parsed


_PARSE: Final[Mapping[str, Parse]] = {
    "Pass": _pass,
    "Task": _task,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}

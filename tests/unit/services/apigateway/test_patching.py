"""Patches: what the operations do at each kind of spot, and how what cannot be done is refused."""

import copy

import pytest

from sundog.errors import AwsError
from sundog.services.apigateway import patches, stage_patches
from sundog.services.apigateway.edits import entry, first_item, flag, integer, item, items, member, number
from sundog.services.apigateway.patching import PatchTable, Plain, Quoting, Spot, parse_path

TABLE = PatchTable(
    (
        Spot("/name", "replace remove", member("name")),
        Spot("/count", "replace", member("count", read=integer)),
        Spot("/isOn", "replace", member("isOn", read=flag)),
        Spot("/inner/rate", "replace remove", member("inner", "rate", read=number)),
        Spot("/map/{key}", "add replace remove", entry("map", absent="gone")),
        Spot("/types/{type}", "add replace remove", item("types")),
        Spot("/scopes", "add replace remove", items("scopes")),
        Spot("/only/{any}", "replace", first_item("only")),
    ),
    Plain(names_ops=True),
)


def op(name, path, value=None):
    return {"op": name, "path": path, **({} if value is None else {"value": value})}


@pytest.mark.parametrize(
    ("before", "operations", "after"),
    [
        ({}, [op("replace", "/name", "a")], {"name": "a"}),
        ({"name": "a"}, [op("replace", "/name", "")], {}),
        ({"name": "a"}, [op("remove", "/name")], {}),
        ({}, [op("replace", "/count", "3")], {"count": 3}),
        ({}, [op("replace", "/isOn", "True"), op("replace", "/name", "b")], {"isOn": True, "name": "b"}),
        ({"isOn": True}, [op("replace", "/isOn", "whatever")], {"isOn": False}),
        ({}, [op("replace", "/inner/rate", "1.5")], {"inner": {"rate": 1.5}}),
        ({"inner": {"rate": 1.5}}, [op("remove", "/inner/rate")], {}),
        ({}, [op("add", "/map/application~1json", "x")], {"map": {"application/json": "x"}}),
        ({"map": {"a~b": "x"}}, [op("remove", "/map/a~0b")], {}),
        ({}, [op("add", "/types/image~1png"), op("add", "/types/image~1png")], {"types": ["image/png"]}),
        ({"types": ["a", "b"]}, [op("replace", "/types/a", "c")], {"types": ["b", "c"]}),
        ({"types": ["a"]}, [op("remove", "/types/a")], {}),
        ({}, [op("add", "/scopes", "x"), op("add", "/scopes", "y")], {"scopes": ["x", "y"]}),
        ({"scopes": ["x", "y"]}, [op("remove", "/scopes", "x")], {"scopes": ["y"]}),
        ({"scopes": ["x", "y"]}, [op("remove", "/scopes")], {}),
        ({"only": ["EDGE"]}, [op("replace", "/only/0", "REGIONAL")], {"only": ["REGIONAL"]}),
    ],
)
def test_an_operation_changes_its_spot(before, operations, after):
    untouched = copy.deepcopy(before)
    assert TABLE.apply(before, operations) == after
    assert before == untouched, "the body itself is left as it was"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (op("replace", "/no", "x"), "Invalid patch path /no"),
        (op("replace", "name", "x"), "Invalid patch path name"),
        ({"op": "add", "value": "x"}, "Invalid patch path null"),
        (op("add", "/map/a/b", "x"), "Invalid patch path /map/a/b"),
        (op("add", "/count", "1"), "Invalid patch operation specified. Must be one of: [replace]"),
        (op("replace", "/count", "x"), "Invalid patch value 'x' specified. Must be an integer"),
        (op("replace", "/inner/rate", "x"), "Invalid patch value 'x' specified. Must be a number"),
        (op("remove", "/map/a"), "gone"),
        (op("replace", "/map/a", "x"), "gone"),
    ],
)
def test_a_wrong_operation_is_refused(operation, message):
    with pytest.raises(AwsError) as refusal:
        TABLE.apply({}, [operation])
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            op("replace", "/no", "x"),
            "Invalid patch path  '/no' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
        ),
        (
            op("remove", "/pathPart"),
            "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations",
        ),
    ],
)
def test_resources_with_fixed_paths_quote_what_they_know(operation, message):
    with pytest.raises(AwsError) as refusal:
        patches.RESOURCE.apply({}, [operation])
    assert refusal.value.message == message


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(AwsError) as refusal:
        patches.REQUEST_VALIDATOR.apply(
            {}, [op("add", "/name"), op("replace", "/name", "a"), op("add", "/x")]
        )
    assert refusal.value.message == (
        "Invalid patch path  '/name' specified for op 'add'. Please choose supported operations,"
        " Invalid patch path  '/x' specified for op 'add'. Please choose supported operations"
    )


def test_a_path_may_be_written_escaped_or_not_where_it_ends_in_a_method():
    spot = next(s for s in patches.USAGE_PLAN.spots if s.path.endswith("/rateLimit") and "<" in s.path)
    for path in ("~1pets~1{id}/GET", "/pets/{id}/GET", "~1/GET"):
        assert spot.takes(parse_path(f"/apiStages/a:dev/throttle/{path}/rateLimit"))
    assert not spot.takes(parse_path("/apiStages/a:dev/throttle/rateLimit"))


TABLES = {name: table for name, table in vars(patches).items() if isinstance(table, PatchTable)}
TABLES["STAGE"] = stage_patches.STAGE


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_each_path_once_and_only_operations_there_are(name):
    table = TABLES[name]
    paths = [spot.path for spot in table.spots]
    assert len(paths) == len(set(paths))
    assert all(set(spot.ops.split()) <= {"add", "replace", "remove"} for spot in table.spots)
    assert isinstance(table.wording, Plain | Quoting)


STAGE = {
    "deploymentId": "d1",
    "cacheClusterEnabled": False,
    "methodSettings": {},
    "variables": {"a": "1", "b": "2"},
}


def test_a_method_setting_begins_with_the_defaults():
    body = stage_patches.patch_stage(STAGE, [op("replace", "/~1pets/GET/throttling/rateLimit", "5")])
    setting = {**stage_patches.DEFAULT_SETTING, "throttlingRateLimit": 5.0}
    assert body["methodSettings"] == {"~1pets/GET": setting}


def test_promoting_a_canary_writes_its_overrides_over_the_variables():
    canary = {"deploymentId": "d2", "percentTraffic": 1.0, "stageVariableOverrides": {"a": "9"}}
    promotion = [
        {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
        {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
    ]
    body = stage_patches.patch_stage({**STAGE, "canarySettings": canary}, promotion)
    assert (body["deploymentId"], body["variables"]) == ("d2", {"a": "9", "b": "2"})


def test_naming_a_setting_of_a_canary_makes_one():
    body = stage_patches.patch_stage(STAGE, [op("replace", "/canarySettings/percentTraffic", "50")])
    assert body["canarySettings"] == {"deploymentId": "d1", "percentTraffic": 50.0, "useStageCache": False}


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            op("remove", "/*/*"),
            "Cannot remove method setting */* because there is no method setting for this method ",
        ),
        (
            op("add", "/canarySettings/deploymentId", "d"),
            "Invalid add operation with path: /canarySettings/deploymentId",
        ),
        (
            op("replace", "/*/*/logging/loglevel", "LOUD"),
            "Invalid logging level specified. Must be one of: [OFF, ERROR, INFO]",
        ),
        (
            op("replace", "/*/*/caching/ttlInSeconds", "3601"),
            "Invalid cache TTL specified, must be between 0 and 3600 seconds",
        ),
        (
            {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
            "Promotion not available. Canary does not exist.",
        ),
    ],
)
def test_a_wrong_patch_of_a_stage_is_refused(operation, message):
    with pytest.raises(AwsError) as refusal:
        stage_patches.patch_stage(STAGE, [operation])
    assert refusal.value.message == message

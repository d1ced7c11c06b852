"""Distributed Maps that take their items from S3, and write their results there."""

import json

import pytest
from tests.promises.stepfunctions.s3_double import s3
from tests.promises.stepfunctions.test_distributed_maps import ECHO, ODD_FAILS, distributed

from sundog.ids import SeededIds
from sundog.testing.world import World


@pytest.fixture
def objects():
    return {}


@pytest.fixture
async def world(config, models, objects):
    async with World(config, models=models, ids=SeededIds(1), more=(s3(objects),)) as world:
        yield world


def reader(action="getObject", *, config=None, **parameters):
    parameters = {"Bucket": "b", **parameters}
    resource = f"arn:aws:states:::s3:{action}"
    return {"Resource": resource, "Parameters": parameters, **({"ReaderConfig": config} if config else {})}


def writer(**config):
    asked = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}
    return {**asked, **({"WriterConfig": config} if config else {})}


@pytest.mark.parametrize(
    ("content", "form", "items"),
    [
        (b"[1, 2]", {"InputType": "JSON"}, [1, 2]),
        (b'{"a": {"b": [3]}}', {"InputType": "JSON", "ItemsPointer": "/a/b"}, [3]),
        (b'{"n": 1}\n{"n": 2}\n', {"InputType": "JSONL"}, [{"n": 1}, {"n": 2}]),
        (b"x,y\n1,2\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, [{"x": "1", "y": "2"}]),
        (b"[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
    ],
)
async def test_items_are_read_from_an_object(machine, run, objects, content, form, items):
    objects["b", "k"] = content
    ended = await run(await machine(distributed(ECHO, ItemReader=reader(config=form, Key="k"))))
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", items)


async def test_objects_are_listed_page_by_page(machine, run, objects):
    for number in range(5):
        objects["b", f"in/{number}"] = b"x"
    listing = reader("listObjectsV2", Prefix="in/")
    ended = await run(await machine(distributed(ECHO, ItemReader=listing)))
    found = json.loads(ended["output"])
    assert [entry["Key"] for entry in found] == [f"in/{number}" for number in range(5)]
    assert found[0] == {
        "Key": "in/0",
        "Size": 1,
        "Etag": '"e"',
        "LastModified": 5,
        "StorageClass": "STANDARD",
    }


async def test_listed_objects_are_loaded_and_flattened_where_that_is_wanted(machine, run, objects):
    objects["b", "in/1"], objects["b", "in/2"] = b"[1, 2]", b"[3]"
    config = {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}
    source = reader("listObjectsV2", config=config, Prefix="in/")
    selector = {"n.$": "$$.Map.Item.Value", "from.$": "$$.Map.Item.Source"}
    ended = await run(await machine(distributed(ECHO, ItemReader=source, ItemSelector=selector)))
    assert json.loads(ended["output"]) == [
        {"n": 1, "from": "S3://b/in/1"},
        {"n": 2, "from": "S3://b/in/1"},
        {"n": 3, "from": "S3://b/in/2"},
    ]


async def test_a_manifest_leads_to_the_files_of_an_inventory(machine, run, objects):
    manifest = {"destinationBucket": "arn:aws:s3:::c", "fileFormat": "CSV", "fileSchema": "Bucket, Key"}
    objects["b", "manifest.json"] = json.dumps({**manifest, "files": [{"key": "part.csv"}]}).encode()
    objects["c", "part.csv"] = b'"one","first"\n"one","second"\n'
    source = reader(config={"InputType": "MANIFEST"}, Key="manifest.json")
    ended = await run(await machine(distributed(ECHO, ItemReader=source)))
    assert [item["Key"] for item in json.loads(ended["output"])] == ["first", "second"]


async def test_an_object_that_is_not_there_fails_the_map_run(machine, run, history):
    ended = await run(await machine(distributed(ECHO, ItemReader=reader(Key="none"))))
    assert ended["error"] == "States.ItemReaderFailed"
    assert ended["cause"].startswith("The specified key does not exist. (Service: S3, Status Code: 404")
    types = [event["type"] for event in await history(ended["executionArn"])]
    assert types[-4:] == ["MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed"]


async def test_a_reader_can_be_tried_again(machine, run, objects, clock, sfn):
    retry = [{"ErrorEquals": ["States.ItemReaderFailed"], "IntervalSeconds": 5}]
    arn = await machine(distributed(ECHO, ItemReader=reader(Key="k"), Retry=retry))
    started = await sfn.start_execution(stateMachineArn=arn)
    await clock.settle()
    objects["b", "k"] = b"[7]"
    await clock.run_until_idle()
    ended = await sfn.describe_execution(executionArn=started["executionArn"])
    assert json.loads(ended["output"]) == [7]


async def test_a_map_run_that_is_stopped_before_it_has_read_starts_nothing(
    machine, sfn, objects, world, clock
):
    objects["b", "k"] = b"[1, 2]"
    arn = await machine(distributed(ECHO, ItemReader=reader(Key="k")))
    await world.app.supervisor.stop(0)  # nobody reads for now
    started = await sfn.start_execution(stateMachineArn=arn)
    await sfn.stop_execution(executionArn=started["executionArn"])
    await world.app.supervisor.start()
    await clock.run_until_idle()
    [listed] = (await sfn.list_map_runs(executionArn=started["executionArn"]))["mapRuns"]
    described = await sfn.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert (described["status"], described["itemCounts"]["total"]) == ("ABORTED", 0)
    await sfn.redrive_execution(executionArn=started["executionArn"])
    await clock.run_until_idle()
    ended = await sfn.describe_execution(executionArn=started["executionArn"])
    assert json.loads(ended["output"]) == [1, 2]


async def test_results_are_written_by_outcome_with_a_manifest(machine, run, objects, sfn):
    arn = await machine(distributed(ODD_FAILS, ToleratedFailureCount=1, ResultWriter=writer()))
    output = json.loads((await run(arn, [0, 1, 2]))["output"])
    folder = output["MapRunArn"].rpartition(":")[2]
    assert output["ResultWriterDetails"] == {"Bucket": "b", "Key": f"out/{folder}/manifest.json"}
    manifest = json.loads(objects["b", f"out/{folder}/manifest.json"])
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == ("b", output["MapRunArn"])
    [succeeded], [failed] = manifest["ResultFiles"]["SUCCEEDED"], manifest["ResultFiles"]["FAILED"]
    assert manifest["ResultFiles"]["PENDING"] == []
    assert succeeded["Size"] == len(objects["b", succeeded["Key"]])
    records = json.loads(objects["b", succeeded["Key"]])
    assert [json.loads(record["Output"]) for record in records] == [0, 2]
    [record] = json.loads(objects["b", failed["Key"]])
    assert (record["Status"], record["Error"], record["Input"]) == ("FAILED", "Oops", "1")
    counts = (await sfn.describe_map_run(mapRunArn=output["MapRunArn"]))["executionCounts"]
    assert counts["resultsWritten"] == 3


async def test_results_may_be_lines(machine, run, objects):
    config = {"OutputType": "JSONL", "Transformation": "FLATTEN"}
    ended = await run(await machine(distributed(ECHO, ResultWriter=writer(**config))), [[1, 2], 3])
    key = json.loads(ended["output"])["ResultWriterDetails"]["Key"].replace("manifest", "SUCCEEDED_0")
    assert objects["b", key] == b"1\n2\n3"


async def test_results_are_written_too_where_too_much_has_failed(machine, run, objects):
    arn = await machine(distributed(ODD_FAILS, MaxConcurrency=1, ResultWriter=writer()))
    ended = await run(arn, [0, 1, 2])
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    names = {key.rpartition("/")[2] for _, key in objects}
    assert names == {"manifest.json", "SUCCEEDED_0.json", "FAILED_0.json", "PENDING_0.json"}


@pytest.mark.parametrize(("transformation", "output"), [("COMPACT", [[1, 2], 3]), ("FLATTEN", [1, 2, 3])])
async def test_a_writer_without_a_bucket_forms_the_output(machine, run, transformation, output):
    config = {"WriterConfig": {"Transformation": transformation, "OutputType": "JSON"}}
    ended = await run(await machine(distributed(ECHO, ResultWriter=config)), [[1, 2], 3])
    assert json.loads(ended["output"]) == output


async def test_unchanged_results_say_what_is_known_of_the_children(machine, run):
    config = {"WriterConfig": {"Transformation": "NONE", "OutputType": "JSON"}}
    ended = await run(await machine(distributed(ECHO, ResultWriter=config)), [5])
    [record] = json.loads(ended["output"])
    assert (record["Input"], record["Output"], record["Status"]) == ("5", "5", "SUCCEEDED")
    assert record["RedriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"

"""What a distributed Map does with data."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.asl.distributed import (
    ChildResult,
    ItemReaderFailed,
    Manifest,
    batch_items,
    listed_item,
    manifest,
    read_items,
    read_manifest,
    result_object,
    transformed,
)

ROWS = b"Value1,Value2,Value3\n,,,\ntrue,1,'x'\nNull,None,\n   \n"


def test_rows_take_the_names_of_given_headers_and_miss_or_drop_the_rest():
    config = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["A", "B", "C"]}
    assert read_items(ROWS, config) == [
        {"A": "Value1", "B": "Value2", "C": "Value3"},
        {"A": "", "B": "", "C": ""},
        {"A": "true", "B": "1", "C": "'x'"},
        {"A": "Null", "B": "None", "C": ""},
        {"A": "   ", "B": "", "C": ""},
    ]
    assert read_items(ROWS, config | {"CSVHeaders": ["A"]})[0] == {"A": "Value1"}


def test_the_first_row_names_the_columns_with_any_delimiter():
    config = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "CSVDelimiter": "PIPE"}
    assert read_items(b'A|B\n1|"x|y"\n', config) == [{"A": "1", "B": "x|y"}]


def test_a_data_set_ends_at_max_items_and_0_is_no_limit():
    assert read_items(b"[1,2,3]", {"InputType": "JSON"}, 2) == [1, 2]
    assert read_items(b"[1,2,3]", {"InputType": "JSON"}, 0) == [1, 2, 3]


def test_json_lines_and_gzip_are_read():
    assert read_items(gzip.compress(b'{"a":1}\n\n2\n'), {"InputType": "JSONL"}) == [{"a": 1}, 2]


def test_a_pointer_finds_the_array_inside_a_json_object():
    content = json.dumps({"a/b": [{"items": [1]}]}).encode()
    assert read_items(content, {"InputType": "JSON", "ItemsPointer": "/a~1b/0/items"}) == [1]


@pytest.mark.parametrize(
    ("content", "config", "cause"),
    [
        (b'{"Hello":"world"}', {"InputType": "JSON"}, "Attempting to map over non-iterable node."),
        (
            b"1,2",
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["A", "A"]},
            "CSV headers cannot contain duplicates.",
        ),
        (b"{", {"InputType": "JSON"}, "The object is not valid JSON."),
        (b"\xff", {"InputType": "JSON"}, "The object is not encoded in UTF-8."),
        (b"x", {"InputType": "PARQUET"}, "The input type PARQUET is not supported."),
    ],
)
def test_what_cannot_be_read_says_why(content, config, cause):
    with pytest.raises(ItemReaderFailed) as failed:
        read_items(content, config)
    assert str(failed.value) == cause


def test_an_inventory_names_its_files_and_their_columns():
    content = {
        "destinationBucket": "arn:aws:s3:::reports",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key",
        "files": [{"key": "data/1.csv.gz"}],
    }
    found = read_manifest(json.dumps(content).encode(), {"ManifestType": "S3_INVENTORY"})
    assert found == Manifest((("reports", "data/1.csv.gz"),), ("Bucket", "Key"))
    assert read_items(gzip.compress(b'"b","k"\n'), {}, headers=found.headers) == [{"Bucket": "b", "Key": "k"}]


def test_an_athena_manifest_is_a_list_of_objects():
    found = read_manifest(b"s3://bucket/a/1\ns3://bucket/a/2\n", {"ManifestType": "ATHENA_DATA"})
    assert found == Manifest((("bucket", "a/1"), ("bucket", "a/2")))
    with pytest.raises(ItemReaderFailed):
        read_manifest(b"nonsense", {"ManifestType": "ATHENA_DATA"})


def test_a_listed_object_is_an_item():
    entry = {"ETag": '"e"', "Key": "k", "LastModified": 1_700_000_000_999, "Size": 3}
    assert listed_item(entry) == {
        "Etag": '"e"',
        "Key": "k",
        "LastModified": 1_700_000_000,
        "Size": 3,
        "StorageClass": "STANDARD",
    }


@given(st.lists(st.text(max_size=20), max_size=30), st.integers(1, 5), st.integers(40, 200))
def test_batches_hold_every_item_in_order_within_both_limits(items, items_max, bytes_max):
    batches = list(batch_items(items, items_max, bytes_max, {"b": 1}))
    assert [item for batch in batches for item in batch["Items"]] == items
    for batch in batches:
        assert batch["BatchInput"] == {"b": 1}
        size = len(json.dumps(batch, separators=(",", ":"), ensure_ascii=False).encode())
        assert len(batch["Items"]) == 1 or (len(batch["Items"]) <= items_max and size <= bytes_max)


def test_a_batch_without_batch_input_has_items_only():
    assert list(batch_items([1, 2, 3], 2, None)) == [{"Items": [1, 2]}, {"Items": [3]}]


RESULTS = [
    ChildResult("SUCCEEDED", {"Name": "a"}, [1, 2]),
    ChildResult("FAILED", {"Name": "b"}),
]


@pytest.mark.parametrize(
    ("transformation", "values"),
    [
        ("NONE", [{"Name": "a"}, {"Name": "b"}]),
        ("COMPACT", [[1, 2], {"Name": "b"}]),
        ("FLATTEN", [1, 2, {"Name": "b"}]),
    ],
)
def test_results_are_exported_whole_or_as_outputs(transformation, values):
    assert transformed(RESULTS, transformation) == values


def test_results_are_written_as_json_or_json_lines_with_a_manifest():
    assert result_object([1, {"a": 2}], "JSON") == b'[1,{"a":2}]'
    assert result_object([1, {"a": 2}], "JSONL") == b'1\n{"a":2}'
    written = json.loads(manifest("bucket", "arn", {"SUCCEEDED": [("p/SUCCEEDED_0.json", 9)]}))
    assert written == {
        "DestinationBucket": "bucket",
        "MapRunArn": "arn",
        "ResultFiles": {"FAILED": [], "PENDING": [], "SUCCEEDED": [{"Key": "p/SUCCEEDED_0.json", "Size": 9}]},
    }

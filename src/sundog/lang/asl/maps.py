"""Map states: their items, what is done with each, and what only distributed ones have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from sundog.lang.asl.fields import (
    found,
    integer_kind,
    number_kind,
    query_of,
    shown,
    value_field,
    variables_of,
)
from sundog.lang.asl.node import Node
from sundog.lang.asl.resource import TaskResource, parse_resource
from sundog.lang.asl.templates import jsonata_template, template_field
from sundog.lang.asl.tree import Field, Flow, ItemBatcher, ItemReader, MachineType, Map, ResultWriter
from sundog.lang.evaluation import Environment, EvaluationFailed
from sundog.lang.jsonata import expression_in
from sundog.lang.jsonata.expression import unexpected_type

LABEL_MAX: Final = 40
_LABEL: Final = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]+")
_ITEMS_MAX: Final = 100_000_000
_BATCH_BYTES_MAX: Final = 262_144
_DISTRIBUTED_ONLY: Final = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")
_INPUT_TYPES: Final = ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")
_READER_CONFIG: Final = (
    "InputType",
    "Transformation",
    "ManifestType",
    "CSVDelimiter",
    "CSVHeaderLocation",
    "CSVHeaders",
    "MaxItems",
    "ItemsPointer",
)

_CALLS: Final = ("Arguments", "Parameters")

ParseFlow = Callable[[Node], Flow | None]


def parse_map(node: Node, parse_flow: ParseFlow) -> Map | None:
    is_legacy = not node.has("ItemProcessor") and node.has("Iterator")
    name = "Iterator" if is_legacy else "ItemProcessor"
    if not node.require(name):
        return None
    processor = node.child(name)
    if processor is None:
        return None
    mode, execution_type = _processor_config(processor)
    flow = parse_flow(processor)
    if mode == "INLINE":
        for field in _DISTRIBUTED_ONLY:
            if node.has(field):
                node.refuse(f"Field '{field}' is only supported for the 'DISTRIBUTED' mode")
    selector = "ItemSelector" if node.has("ItemSelector") or node.is_jsonata else "Parameters"
    parts = {
        "items": _items(node, is_distributed=mode == "DISTRIBUTED"),
        "item_selector": template_field(node, selector),
        "max_concurrency": value_field(node, "MaxConcurrency", integer_kind()),
        "label": _label(node),
        "item_reader": _item_reader(node),
        "item_batcher": _item_batcher(node),
        "result_writer": _result_writer(node),
        "tolerated_failure_count": value_field(node, "ToleratedFailureCount", integer_kind(_count_problem)),
        "tolerated_failure_percentage": value_field(
            node, "ToleratedFailurePercentage", number_kind(_percentage_problem)
        ),
    }
    if flow is None:
        return None
    return Map(flow, mode, execution_type, is_legacy=is_legacy, **parts)  # type: ignore[arg-type]


def _count_problem(value: int) -> str | None:
    return "ToleratedFailureCount cannot be negative." if value < 0 else None


def _percentage_problem(value: float) -> str | None:
    return None if 0 <= value <= 100 else "ToleratedFailurePercentage must be between 0 and 100."


def _processor_config(node: Node) -> tuple[Any, MachineType]:
    config = node.child("ProcessorConfig")
    if config is None:
        return "INLINE", "STANDARD"
    config.allow(("Mode", "ExecutionType"))
    mode = _one_of(config, "Mode", ("INLINE", "DISTRIBUTED")) or "INLINE"
    if mode == "DISTRIBUTED":
        config.require("ExecutionType")
    execution_type: Any = _one_of(config, "ExecutionType", ("STANDARD", "EXPRESS")) or "STANDARD"
    return mode, execution_type


def _one_of(node: Node, name: str, values: tuple[str, ...]) -> str | None:
    value = node.get(name)
    if not node.has(name) or value in values:
        return value if isinstance(value, str) else None
    listed = ", ".join(values)
    node.refuse(f"The field '{name}' should have one of these values: [{listed}]", f"/{name}")
    return None


def _label(node: Node) -> str | None:
    label = node.text("Label")
    if label is not None and (len(label) > LABEL_MAX or not _LABEL.fullmatch(label)):
        node.refuse(f"Invalid label name: {label}", "/Label", "INVALID_LABEL_NAME")
    return label


def _items(node: Node, *, is_distributed: bool) -> Field[Any] | None:
    """An array, or an object where the map is distributed."""
    if node.has("ItemReader"):
        return None
    takes = (list, dict) if is_distributed else (list,)
    if node.is_jsonata:
        return _jsonata_items(node, takes)
    if not node.has("ItemsPath"):
        return Field("ItemsPath", "$", lambda env: _array(env.input, "$", takes))
    query = query_of(node, "ItemsPath")
    if query is None:
        return None
    known = query
    return Field(
        "ItemsPath",
        query.text,
        lambda env: _array(found(known, env), known.path.text, takes),
        variables_of(query),
    )


def _array(value: Any, path: str, takes: tuple[type, ...]) -> Any:
    if not isinstance(value, takes):
        raise EvaluationFailed("States.Runtime", f'Reference path "{path}" must point to array.')
    return value


def _jsonata_items(node: Node, takes: tuple[type, ...]) -> Field[Any] | None:
    if not node.has("Items"):
        return Field("Items", None, lambda env: _input_array(env, takes))
    value = node.get("Items")
    template = jsonata_template(node, "Items", value)
    if template is None:
        return None
    names = frozenset[str]().union(*(e.variables for e in template.expressions))
    if expression_in(value) is None:
        if not isinstance(value, takes):
            node.refuse("Expected value of type Array", "/Items")
        return Field("Items", value, template.read, names)
    expression = template.expressions[0]

    def read(env: Environment) -> Any:
        items = expression.read(env)
        if not isinstance(items, takes):
            raise unexpected_type(expression, "array", items)
        return items

    return Field("Items", value, read, names)


def _input_array(env: Environment, takes: tuple[type, ...]) -> Any:
    if not isinstance(env.input, takes):
        cause = f"Map state input must be an array but was: {shown_json(env.input)}"
        raise EvaluationFailed("States.QueryEvaluationError", cause)
    return env.input


def shown_json(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else shown(value)


def _resource(node: Node, *actions: str) -> TaskResource | None:
    arn = node.text("Resource")
    resource = parse_resource(arn) if arn else None
    if arn and (resource is None or resource.service != "s3" or resource.action not in actions):
        node.refuse(f"The resource provided {arn} is not recognized.", "/Resource")
        return None
    return resource


def _call(node: Node) -> str:
    """What the arguments of a call are named."""
    return "Arguments" if node.is_jsonata else "Parameters"


def _item_reader(node: Node) -> ItemReader | None:
    reader = node.child("ItemReader")
    if reader is None:
        return None
    reader.allow(("Resource", "ReaderConfig", "Comment", _call(reader)), _CALLS)
    reader.require("Resource")
    resource = _resource(reader, "getObject", "listObjectsV2")
    config = reader.child("ReaderConfig")
    max_items = None
    if config is not None:
        paths = ("MaxItemsPath",)
        config.allow(_READER_CONFIG if config.is_jsonata else _READER_CONFIG + paths, paths)
        _check_reader(config)
        max_items = value_field(config, "MaxItems", integer_kind(_max_items_problem))
    if resource is None:
        return None
    return ItemReader(
        resource, template_field(reader, _call(reader)), config.value if config else {}, max_items
    )


def _max_items_problem(value: int) -> str | None:
    """0 is no limit, and so is what is beyond AWS's own of 100,000,000 (recorded)."""
    return "MaxItems cannot be negative." if value < 0 else None


def _check_reader(config: Node) -> None:
    _one_of(config, "InputType", _INPUT_TYPES)
    _one_of(config, "Transformation", ("NONE", "LOAD_AND_FLATTEN"))
    _one_of(config, "ManifestType", ("ATHENA_DATA", "S3_INVENTORY"))
    _one_of(config, "CSVDelimiter", ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"))
    _one_of(config, "CSVHeaderLocation", ("FIRST_ROW", "GIVEN"))
    if config.get("InputType") == "CSV":
        config.require("CSVHeaderLocation")
    if config.get("CSVHeaderLocation") == "GIVEN":
        config.require("CSVHeaders")


def _between(name: str, least: int, most: int) -> Callable[[int], str | None]:
    return lambda value: None if least <= value <= most else f"{name} must be between {least} and {most}."


def _item_batcher(node: Node) -> ItemBatcher | None:
    batcher = node.child("ItemBatcher")
    if batcher is None:
        return None
    counts = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
    paths = tuple(f"{name}Path" for name in counts)
    batcher.allow((*counts, "BatchInput", *(() if batcher.is_jsonata else paths)), paths)
    items = value_field(batcher, counts[0], integer_kind(_between(counts[0], 0, _ITEMS_MAX)))
    size = value_field(batcher, counts[1], integer_kind(_between(counts[1], 0, _BATCH_BYTES_MAX)))
    return ItemBatcher(items, size, template_field(batcher, "BatchInput"))


def _result_writer(node: Node) -> ResultWriter | None:
    writer = node.child("ResultWriter")
    if writer is None:
        return None
    writer.allow(("Resource", "WriterConfig", "Comment", _call(writer)), _CALLS)
    resource = _resource(writer, "putObject")
    config = writer.child("WriterConfig")
    if config is not None:
        config.allow(("Transformation", "OutputType"))
        _one_of(config, "Transformation", ("NONE", "COMPACT", "FLATTEN"))
        _one_of(config, "OutputType", ("JSON", "JSONL"))
    return ResultWriter(resource, template_field(writer, _call(writer)), config.value if config else {})

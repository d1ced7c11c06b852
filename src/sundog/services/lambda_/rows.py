"""Rows to values and back."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from sundog.scope import Scope
from sundog.services.lambda_.model import Function, LayerVersion, Setting, SourceMapping, Version
from sundog.services.lambda_.names import LATEST
from sundog.store import Row, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))


def write_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def function_key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}


def to_function(row: Row) -> Function:
    return Function(
        Scope(row["account"], row["region"]),
        row["name"],
        row["id"],
        row["last_version"],
        row["reserved"],
        orjson.loads(row["tags"]),
        row["recursion"],
        row["code_signing_arn"],
    )


def to_version(row: Row) -> Version:
    body = orjson.loads(row["body"])
    return Version(
        Scope(row["account"], row["region"]),
        row["name"],
        str(row["number"]) if row["number"] else LATEST,
        body["revision"],
        body["modified_ms"],
        body["state"],
        body["update_status"],
        body["generation"],
        body["code"],
        body["unzipped_bytes"],
        tuple(body["layers"]),
        body["settings"],
        body["published_from"],
        body.get("failure", ""),
    )


def content_digest(version: Version) -> str:
    """Equal for versions that run the same code with the same settings."""
    settings = orjson.dumps(version.settings, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(version.code.encode() + settings).hexdigest()


def version_values(version: Version) -> dict[str, Any]:
    body = {
        "revision": version.revision,
        "modified_ms": version.modified_ms,
        "state": version.state,
        "update_status": version.update_status,
        "generation": version.generation,
        "code": version.code,
        "unzipped_bytes": version.unzipped_bytes,
        "layers": version.layers,
        "settings": version.settings,
        "published_from": version.published_from,
        "failure": version.failure,
    }
    return {
        **function_key(version.scope, version.name),
        "number": 0 if version.is_latest else int(version.version),
        "code_size": version.settings["CodeSize"],
        "body": write_json(body),
    }


def to_setting(row: Row) -> Setting:
    return Setting(row["kind"], row["qualifier"], orjson.loads(row["body"]), row["handle"])


def to_layer_version(row: Row) -> LayerVersion:
    body = orjson.loads(row["body"])
    return LayerVersion(
        Scope(row["account"], row["region"]),
        row["name"],
        row["version"],
        body["code"],
        row["code_size"],
        body["unzipped_bytes"],
        body["body"],
        body["policy"],
    )


def layer_version_values(layer: LayerVersion) -> dict[str, Any]:
    body = {
        "code": layer.code,
        "unzipped_bytes": layer.unzipped_bytes,
        "body": layer.body,
        "policy": layer.policy,
    }
    return {
        **function_key(layer.scope, layer.name),
        "version": layer.version,
        "code_size": layer.size,
        "body": write_json(body),
    }


def to_mapping(row: Row) -> SourceMapping:
    return SourceMapping(
        Scope(row["account"], row["region"]),
        row["uuid"],
        row["function_arn"],
        row["source_arn"],
        row["state"],
        orjson.loads(row["body"]),
    )


def mapping_values(mapping: SourceMapping) -> dict[str, Any]:
    return {
        **scope_key(mapping.scope),
        "uuid": mapping.uuid,
        "function_arn": mapping.function_arn,
        "state": mapping.state,
        "body": write_json(mapping.body),
    }

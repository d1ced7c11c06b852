"""Layers as functions use them: named by ARN, checked with AWS's words."""

from __future__ import annotations

from collections.abc import Sequence

from sundog.arn import Arn, parse_arn
from sundog.scope import Scope
from sundog.services.lambda_.errors import InvalidParameterValueException
from sundog.services.lambda_.model import LayerVersion
from sundog.services.lambda_.names import version_of
from sundog.services.lambda_.rows import SQL, function_key, to_layer_version
from sundog.store import Transaction


async def load_layers(tx: Transaction, scope: Scope, arns: Sequence[str]) -> list[LayerVersion]:
    """The layers in their order. Two versions of one layer, or a layer elsewhere, are refused."""
    parsed = [(text, _parse(text)) for text in arns]
    for _text, (arn, _name, _version) in parsed:
        if arn.region != scope.region:
            raise InvalidParameterValueException(
                reason="Layers are not in the same region as the function. "
                f"Layers are expected to be in region {scope.region}."
            )
    found = [await _load(tx, text, *place) for text, place in parsed]
    seen: dict[str, str] = {}
    for text, (arn, name, _version) in parsed:
        layer = str(Arn.of("lambda", arn.scope, f"layer:{name}"))
        if layer in seen:
            raise InvalidParameterValueException(
                reason="Two different versions of the same layer are not allowed to be referenced in the "
                f"same function. {seen[layer]} and {text} are versions of the same layer."
            )
        seen[layer] = text
    return found


def _parse(text: str) -> tuple[Arn, str, int]:
    arn = parse_arn(text)
    parts = arn.resource.split(":") if arn else []
    if arn is None or len(parts) != 3 or parts[0] != "layer" or not parts[2].isdigit():
        raise InvalidParameterValueException(reason=f"Layer version {text} does not exist.")
    return arn, parts[1], version_of(parts[2])


async def _load(tx: Transaction, text: str, arn: Arn, name: str, version: int) -> LayerVersion:
    row = await tx.one(SQL["layer_version"], **function_key(arn.scope, name), version=version)
    if row is None:
        raise InvalidParameterValueException(reason=f"Layer version {text} does not exist.")
    return to_layer_version(row)

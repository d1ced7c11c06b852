"""What a function's configuration may be, and what it becomes: checks with AWS's words, defaults."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from sundog.context import Request
from sundog.errors import UnsupportedOperation
from sundog.scope import Scope
from sundog.services.lambda_ import limits, runtimes
from sundog.services.lambda_.errors import InvalidParameterValueException, ValidationException

RESERVED_VARIABLES = frozenset(
    (
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN",
    )
)  # fmt: skip

_REFUSED = {
    "FileSystemConfigs": "Keep files in /tmp or in the bundle.",
    "TenancyConfig": "Leave TenancyConfig out: environments are shared by all tenants.",
    "CapacityProviderConfig": "Leave it out: functions run on this machine.",
    "DurableConfig": "Use a state machine, or leave DurableConfig out.",
    "RuntimeConfig": "Leave RuntimeConfig out.",
    "AcceleratorConfig": "Leave AcceleratorConfig out.",
    "PublishTo": "Publish a numbered version.",
}


def check_supported(request: Request) -> None:
    """Name the parameters that sundog does not act on."""
    for member, remedy in _REFUSED.items():
        if request.get(member):
            raise UnsupportedOperation(what=f"the parameter {member} of functions", remedy=remedy)


def check_new_package(request: Request) -> None:
    """What CreateFunction brings fits its package type."""
    package, uri = request.get("PackageType", "Zip"), (request.get("Code") or {}).get("ImageUri")
    if package == "Image" and not uri:
        raise InvalidParameterValueException(
            reason="Please provide ImageUri when creating a function with packageType Image."
        )
    if package == "Zip" and uri:
        raise InvalidParameterValueException(
            reason="Please do not provide ImageUri when creating a function with packageType Zip."
        )
    check_package(package, request)
    if package == "Zip" and not (request.get("Runtime") and request.get("Handler")):
        raise InvalidParameterValueException(
            reason="Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages."
        )


def check_package(package: str, request: Request) -> None:
    """Runtime, handler and layers belong to zips, ImageConfig to images."""
    if package == "Image":
        if any(request.get(member) for member in ("Runtime", "Handler", "Layers")):
            raise InvalidParameterValueException(
                reason="Please don't provide handler or runtime or layer when the intent is to create "
                "function with container images."
            )
        if (request.get("SnapStart") or {}).get("ApplyOn") == "PublishedVersions":
            raise InvalidParameterValueException(
                reason="ContainerImage is not supported for SnapStart enabled functions."
            )
    elif "ImageConfig" in request:
        raise InvalidParameterValueException(
            reason="Please do not provide ImageConfig when creating a function with packageType Zip"
        )


def check_code_package(package: str, request: Request) -> None:
    """What UpdateFunctionCode brings fits the function."""
    has_image = bool(request.get("ImageUri"))
    if package == "Image" and not has_image:
        raise InvalidParameterValueException(
            reason="Please provide ImageUri when updating a function with packageType Image."
        )
    if package == "Zip" and has_image:
        raise InvalidParameterValueException(
            reason="Please don't provide ImageUri when updating a function with packageType Zip."
        )


def check_configuration(request: Request) -> None:
    """Everything about CreateFunction and UpdateFunctionConfiguration that needs no store."""
    _check_sizes(request)
    if runtime := request.get("Runtime"):
        _check_runtime(runtime)
    if environment := request.get("Environment"):
        _check_environment(environment.get("Variables") or {})
    _check_dead_letters((request.get("DeadLetterConfig") or {}).get("TargetArn") or "")
    if len(request.get("Layers") or ()) > limits.LAYERS_MAX:
        raise InvalidParameterValueException(reason=f"Cannot reference more than {limits.LAYERS_MAX} layers.")


def _check_sizes(request: Request) -> None:
    """The model allows more than functions outside capacity providers have."""
    if request.get("MemorySize", 0) > limits.MEMORY_MB_MAX:
        raise InvalidParameterValueException(
            reason="'MemorySize' value failed to satisfy constraint: "
            f"Member must have value less than or equal to {limits.MEMORY_MB_MAX}"
        )
    if (timeout := request.get("Timeout", 0)) > limits.TIMEOUT_S_MAX:
        raise _over("timeout", timeout, limits.TIMEOUT_S_MAX)
    if (size := (request.get("EphemeralStorage") or {}).get("Size", 0)) > limits.TMP_MB_MAX:
        raise _over("ephemeralStorage.size", size, limits.TMP_MB_MAX)


def _over(member: str, value: int, limit: int) -> ValidationException:
    return ValidationException(
        reason=f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must have value less than or equal to {limit}"
    )


def _check_runtime(runtime: str) -> None:
    if runtime in runtimes.RETIRED:
        raise InvalidParameterValueException(
            reason=f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS "
            "Lambda functions. We recommend you use a supported runtime while creating or updating functions."
        )
    if runtime not in runtimes.CURRENT:
        raise InvalidParameterValueException(
            reason=f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(runtimes.CURRENT)}] or be a valid ARN"
        )


def _check_environment(variables: Mapping[str, str]) -> None:
    reserved = [name for name in variables if name in RESERVED_VARIABLES]
    if reserved:
        raise InvalidParameterValueException(
            reason="Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported for "
            f"modification. Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = orjson.dumps(variables)
    if len(measured) > limits.ENVIRONMENT_BYTES_MAX:
        raise InvalidParameterValueException(
            reason="Lambda was unable to configure your environment variables because the environment "
            f"variables you have provided exceeded the 4KB limit. String measured: {measured.decode()}"
        )


def _check_dead_letters(target: str) -> None:
    """A queue or a topic."""
    service = target.split(":")[2] if target else "sqs"
    if service not in ("sqs", "sns"):
        raise InvalidParameterValueException(
            reason=f"The target ARN {target} of the dead-letter config is neither a queue nor a topic."
        )


def check_snap_start(runtime: str, apply_on: str) -> None:
    if apply_on == "PublishedVersions" and runtime not in runtimes.SNAP_START:
        raise InvalidParameterValueException(
            reason=f"{runtime} is not supported for SnapStart enabled functions."
        )


def new_settings(scope: Scope, name: str, request: Request) -> dict[str, Any]:
    """The settings of a new function, code apart."""
    defaults = {
        "Description": "",
        "Timeout": limits.TIMEOUT_S_DEFAULT,
        "MemorySize": limits.MEMORY_MB_DEFAULT,
        "PackageType": request.get("PackageType", "Zip"),
        "TracingConfig": {"Mode": "PassThrough"},
        "EphemeralStorage": {"Size": limits.TMP_MB_DEFAULT},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        "Architectures": list(request.get("Architectures") or ("x86_64",)),
    }
    return changed_settings(scope, defaults, request)


def changed_settings(scope: Scope, settings: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """``settings`` with the members that ``request`` sets."""
    changed = dict(settings)
    for member in ("Description", "Timeout", "MemorySize", "Runtime", "Handler", "Role"):
        if request.get(member) is not None:
            changed[member] = request[member]
    for member in ("TracingConfig", "EphemeralStorage"):
        if request.get(member):
            changed[member] = dict(request[member])
    if request.get("Environment") is not None:
        changed["Environment"] = {"Variables": dict(request["Environment"].get("Variables") or {})}
    if request.get("SnapStart"):
        changed["SnapStart"] = {"ApplyOn": request["SnapStart"]["ApplyOn"], "OptimizationStatus": "Off"}
    check_snap_start(changed.get("Runtime", ""), changed["SnapStart"]["ApplyOn"])
    if (image := request.get("ImageConfig")) is not None:
        asked = {member: value for member, value in image.items() if value}
        _put(changed, "ImageConfigResponse", {"ImageConfig": asked} if asked else "")
    if request.get("LoggingConfig"):
        changed["LoggingConfig"] = _logging(changed["LoggingConfig"], request["LoggingConfig"])
    _put(changed, "KMSKeyArn", request.get("KMSKeyArn"))
    if (dead_letter := request.get("DeadLetterConfig")) is not None:
        target = dead_letter.get("TargetArn")
        _put(changed, "DeadLetterConfig", {"TargetArn": target} if target else "")
    if (vpc := request.get("VpcConfig")) is not None:
        changed["VpcConfig"] = _vpc(vpc)
    if runtime := changed.get("Runtime"):
        changed["RuntimeVersionConfig"] = {"RuntimeVersionArn": runtime_version_arn(scope, runtime)}
    return changed


def _put(settings: dict[str, Any], member: str, value: Any) -> None:
    """None leaves the member, an empty value takes it away."""
    if value:
        settings[member] = value
    elif value is not None:
        settings.pop(member, None)


def _logging(before: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Levels belong to JSON only, where they are INFO unless set (recorded)."""
    after = {**before, **asked}
    if after["LogFormat"] == "JSON":
        return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} | after
    if "ApplicationLogLevel" in asked or "SystemLogLevel" in asked:
        raise InvalidParameterValueException(
            reason="LogLevel is only supported when LogFormat is set to JSON. Remove the log level from your "
            "request or change the LogFormat to JSON and try again."
        )
    return {"LogFormat": "Text", "LogGroup": after["LogGroup"]}


def _vpc(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "SubnetIds": list(asked.get("SubnetIds") or ()),
        "SecurityGroupIds": list(asked.get("SecurityGroupIds") or ()),
        "VpcId": "vpc-00000000" if asked.get("SubnetIds") else "",
        "Ipv6AllowedForDualStack": asked.get("Ipv6AllowedForDualStack", False),
    }


def runtime_version_arn(scope: Scope, runtime: str) -> str:
    digest = hashlib.sha256(runtime.encode()).hexdigest()
    return f"arn:{scope.partition}:lambda:{scope.region}::runtime:{digest}"


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > limits.TAGS_MAX:
        raise InvalidParameterValueException(reason="Number of tags exceeds resource tag limit.")

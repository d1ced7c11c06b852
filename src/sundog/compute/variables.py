"""The environment variables of a function: exactly AWS's reserved ones and the user's.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sundog.compute.contract import IMAGE, Credentials, FunctionSpec

_PYTHON = re.compile(r"python3\.\d+$")
_LIBRARIES = "/lib64:/usr/lib64:{runtime}:{runtime}/lib:{task}:{task}/lib:{opt}/lib"
_LIBRARY = re.compile(r"lib.*\.so(\.|$)")
_EARLY = ("LD_", "PYTHON")
_EARLY_NODE = ("NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "UV_", "LD_")
_OF_THE_RUNTIME = frozenset(
    ("AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_RUNTIME_DIR",
     "LAMBDA_TASK_ROOT", "_HANDLER")
)  # fmt: skip
_EARLY_ALWAYS = ("AWS_LAMBDA_EXEC_WRAPPER",)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the function finds its things: AWS's paths in a root of its own, real ones without."""

    task: str = "/var/task"
    runtime: str = "/var/runtime"
    opt: str = "/opt"
    tmp: str = "/tmp"


@dataclass(frozen=True, slots=True)
class CredentialsPlace:
    """Where a function asks for credentials that would grow old while it waits in a snapshot.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html
    """

    url: str
    token: str


def has_managed_runtime(runtime: str) -> bool:
    return not runtime.startswith("provided") and runtime != IMAGE


def needs_fresh_process(spec: FunctionSpec) -> bool:
    """True when variables are read before any code of a runtime runs: no fork can honour them.

    The user's own, and AWS's LD_LIBRARY_PATH where the bundle or a layer brings libraries to be found by it.
    """
    early = _EARLY if _PYTHON.match(spec.runtime) else _EARLY_NODE
    if any(name.startswith((*early, *_EARLY_ALWAYS)) for name in spec.environment or ()):
        return True
    folders = (spec.code_dir, spec.code_dir / "lib", *(layer / "lib" for layer in spec.layer_dirs))
    return any(
        _LIBRARY.match(entry.name) for folder in folders if folder.is_dir() for entry in folder.iterdir()
    )


def make_variables(
    spec: FunctionSpec,
    places: Places,
    *,
    api_address: str,
    endpoint_url: str,
    stream: str,
    credentials: Credentials | CredentialsPlace,
) -> dict[str, str]:
    """What the runtime process starts with. The user's variables win only where AWS lets them."""
    variables = {
        "LANG": "en_US.UTF-8",
        "PATH": f"/usr/local/bin:/usr/bin/:/bin:{places.opt}/bin",
        "LD_LIBRARY_PATH": _LIBRARIES.format(task=places.task, runtime=places.runtime, opt=places.opt),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "SHLVL": "0",
    }
    if places.tmp != "/tmp":
        variables["TMPDIR"] = places.tmp
    variables |= _of_runtime(spec, places)
    if spec.image is not None:
        variables |= {"LAMBDA_TASK_ROOT": places.task, "LAMBDA_RUNTIME_DIR": places.runtime}
        variables |= spec.image.environment
    if endpoint_url:
        variables["AWS_ENDPOINT_URL"] = endpoint_url
        variables["AWS_DISABLE_HOST_PREFIX_INJECTION"] = "true"  # there is no host sync-127.0.0.1
    variables |= spec.environment or {}
    reserved = _reserved(spec, places, api_address, stream)
    if spec.image is not None:  # the image says where its things are
        reserved = {name: value for name, value in reserved.items() if not name.startswith("LAMBDA_")}
    variables |= reserved
    if isinstance(credentials, CredentialsPlace):
        variables |= {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": credentials.url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": credentials.token,
        }
    else:
        variables |= {
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
        }
    return {name: value for name, value in variables.items() if value or name in (spec.environment or {})}


def _of_runtime(spec: FunctionSpec, places: Places) -> dict[str, str]:
    if spec.runtime.startswith("nodejs"):
        major = spec.runtime.removeprefix("nodejs").partition(".")[0]
        modules = (f"{places.opt}/nodejs/node{major}/node_modules", f"{places.opt}/nodejs/node_modules")
        return {
            "NODE_PATH": ":".join((*modules, f"{places.runtime}/node_modules", places.runtime, places.task))
        }
    if _PYTHON.match(spec.runtime):
        return {"PYTHONPATH": places.runtime}
    return {}


def _reserved(spec: FunctionSpec, places: Places, api_address: str, stream: str) -> dict[str, str]:
    reserved = {
        "_HANDLER": spec.handler,
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": spec.init_type,
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group or f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_RUNTIME_API": api_address,
        "LAMBDA_TASK_ROOT": places.task,
        "LAMBDA_RUNTIME_DIR": places.runtime,
        "TZ": ":UTC",
        "AWS_LAMBDA_LOG_FORMAT": spec.log_format,
        "AWS_LAMBDA_LOG_LEVEL": spec.application_log_level if spec.log_format == "JSON" else "",
    }
    if spec.init_type == "snap-start":  # nobody knows yet which stream a restored one writes to
        del reserved["AWS_LAMBDA_LOG_GROUP_NAME"], reserved["AWS_LAMBDA_LOG_STREAM_NAME"]
    if has_managed_runtime(spec.runtime):
        reserved["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{spec.runtime}"
    return reserved


def for_extension(variables: dict[str, str]) -> dict[str, str]:
    """Extensions see the function's variables without those that speak of its runtime.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    """
    return {name: value for name, value in variables.items() if name not in _OF_THE_RUNTIME}

"""The JavaScript SDK v3, whose JSON, CBOR and REST clients are other code than botocore's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sundog.compute.interpreters import Interpreters

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "sdk-js"
NODE = Interpreters().node
pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


def npm(*arguments: str) -> None:
    """Run the npm on PATH, else the one that comes with Node.js from PyPI."""
    assert NODE is not None
    packaged = NODE.path.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [found] if (found := shutil.which("npm")) else [str(NODE.path), str(packaged)]
    environment = os.environ | {"PATH": f"{NODE.path.parent}:{os.environ['PATH']}"}
    subprocess.run([*command, *arguments], cwd=CACHE, env=environment, check=True, timeout=300)


@pytest.fixture(scope="module")
def program() -> Path:
    """The calls beside an installed SDK; installing needs the network the first time only."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "calls.mjs"):
        shutil.copy(HERE / name, CACHE)
    if not (CACHE / "node_modules" / "@aws-sdk" / "client-cloudwatch").exists():
        npm("install", "--no-audit", "--no-fund", "--loglevel=error")
    return CACHE / "calls.mjs"


def test_the_javascript_sdk_works_unchanged(server, program):
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "AWS_ENDPOINT_URL": server.url}
    done = subprocess.run([NODE.path, program], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = dict(json.loads(line) for line in done.stdout.splitlines())
    assert answers["received"] == ["hello ✓"]
    assert answers["no queue"] == ["QueueDoesNotExist", 400]
    assert set(answers["functions"]) <= {"string"}
    assert answers["no function"] == ["ResourceNotFoundException", 404]
    assert answers["metrics"] == ["count"]

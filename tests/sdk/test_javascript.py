"""The JavaScript SDK v3, whose JSON, CBOR and REST clients are other code than botocore's."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "sdk-js"
pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not shutil.which("npm"), reason="needs node and npm"
)


@pytest.fixture(scope="module")
def program() -> Path:
    """The calls beside an installed SDK; installing needs the network the first time only."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "calls.mjs"):
        shutil.copy(HERE / name, CACHE)
    if not (CACHE / "node_modules" / "@aws-sdk" / "client-cloudwatch").exists():
        install = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=CACHE, check=True, timeout=300)
    return CACHE / "calls.mjs"


def test_the_javascript_sdk_works_unchanged(server, program):
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "AWS_ENDPOINT_URL": server.url}
    node = shutil.which("node")
    done = subprocess.run([node, program], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = dict(json.loads(line) for line in done.stdout.splitlines())
    assert answers["received"] == ["hello ✓"]
    assert answers["no queue"] == ["QueueDoesNotExist", 400]
    assert set(answers["functions"]) <= {"string"}
    assert answers["no function"] == ["ResourceNotFoundException", 404]
    assert answers["metrics"] == ["count"]

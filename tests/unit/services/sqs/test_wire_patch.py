"""The wire patch and the table of errors say the same."""

import json
from pathlib import Path

import sundog.protocol
from sundog.services.sqs.errors import QUERY_CODES


def test_the_patch_of_the_wire_has_the_codes_of_the_errors():
    patch = json.loads((Path(sundog.protocol.__file__).parent / "patches" / "sqs.json").read_text())
    told = {name: (error["code"], error["status"]) for name, error in patch["errors"].items()}
    assert told == dict(QUERY_CODES)

"""The cases of mapping templates, in Velocity's own dialect: prints ``{name: [passed, total]}``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sundog.lang.vtl import VtlError, compile_template
from sundog.lang.vtl.gateway import Input, Util

CASES = Path(__file__).parents[3] / "shared" / "conformance" / "vtl" / "open.jsonl"
REFUSED = "!!ERR"


def main() -> None:
    cases = [json.loads(line) for line in CASES.open()] if CASES.exists() else []
    print(json.dumps({"vtl": [sum(map(passes, cases)), len(cases)]}))


def passes(case: dict[str, Any]) -> bool:
    got = answer(case)
    if case["expect"].startswith(REFUSED):
        return got.startswith(REFUSED)
    return got == case["expect"]


def answer(case: dict[str, Any]) -> str:
    """What the template renders; ``!!ERR`` and our own words if it is refused."""
    variables = {
        "input": Input(case["body"], case["params"]),
        "context": case["context"],
        "stageVariables": case["stageVariables"],
        "util": Util(),
    }
    try:
        return compile_template(case["template"], "plain").render(variables)
    except VtlError as error:
        return f"{REFUSED} {error}"


if __name__ == "__main__":
    main()

"""The IAM conformance cases, straight against the evaluator: prints ``{name: [passed, total]}``.

Also an adapter: ``run.py --adapter iam_policy:answer FILE`` from this folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sundog.lang.iam_policy import AccessRequest, Policies, check_identity_policy, decide, read_policy

CASES = Path(__file__).parents[3] / "shared" / "conformance" / "iam" / "open.jsonl"


def main() -> None:
    cases = [json.loads(line) for line in CASES.open()] if CASES.exists() else []
    print(json.dumps({"iam_policy": [sum(answer(case) == case["expect"] for case in cases), len(cases)]}))


def answer(case: dict[str, Any]) -> Any:
    """What the case's ``expect`` should hold."""
    if case["kind"] == "validate":
        text = check_identity_policy(case["document"])
        return None if text is None else {"code": "MalformedPolicyDocument", "message": text}
    request = case["request"]
    context = {k: tuple(v) if isinstance(v, list) else v for k, v in request["context"].items()}
    asked = AccessRequest(
        request["principal"], request["action"], request["resource"], request["resourceAccount"], context
    )
    return decide(asked, _policies(case)).outcome


def _policies(case: dict[str, Any]) -> Policies:
    many = {k: tuple(map(read_policy, case[k])) for k in ("boundary", "endpoint") if case.get(k)}
    levels = {k: tuple(tuple(map(read_policy, level)) for level in case.get(k, ())) for k in ("scps", "rcps")}
    return Policies(
        identity=tuple(map(read_policy, case["identity"])),
        resource=read_policy(case["resource"]) if case.get("resource") else None,
        session=(read_policy(case["session"]),) if case.get("session") else None,
        **many,
        **levels,
    )


if __name__ == "__main__":
    main()

"""The official JSONata test suite against the engine as state machines use it.

https://github.com/jsonata-js/jsonata/blob/master/test/test-suite/TESTSUITE.md; jsonata2py ships a copy in its
sdist. As a script it prints {"jsonata": [passed, total]} on its last line, and before it what fails.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jlens import JlensError

from sundog.ids import SeededIds
from sundog.lang.jsonata.expression import DEPTH_MAX, compile_engine
from sundog.lang.jsonata.functions import FunctionFailed, chance

sys.path.append(str(Path(__file__).parent))  # a test loads this file by its place
import _sdists

SOURCE = ("jsonata2py", "0.1.3", "tests/resources/jsonata-test-suite")
TIMEOUT_S = 2.0
NOW_MS = 1_700_000_000_000

ABSENT = ("function-eval",)
"""Groups about what state machines have not: AWS takes $eval away, and names $parse instead."""

_RECURSION = "its own bound has another code: D1011 or D1012, as AWS answers, for the test harness's U1001"
_SURROGATE = "half a surrogate pair is no text: a definition that has one is refused"

OPEN = {
    "function-encodeUrl/case002": _SURROGATE,
    "function-encodeUrlComponent/case002": _SURROGATE,
    "function-string/case019": "1/0 is refused where it is computed (D1001), before $string (D3001) sees it",
    "tail-recursion/case002": _RECURSION,
    "tail-recursion/case005": _RECURSION,
    "tail-recursion/case006": _RECURSION,
}
"""Cases that do not pass, and why."""


def load() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and case."""
    groups = _sdists.fetch(*SOURCE) / "groups"
    for file in sorted(groups.rglob("*.json")):
        if file.parent.name in ABSENT:
            continue
        found = json.loads(file.read_text())
        for number, case in enumerate(found if isinstance(found, list) else [found]):
            if "expr-file" in case:
                case["expr"] = (file.parent / case["expr-file"]).read_text()
            many = f"/{number}" if isinstance(found, list) else ""
            yield f"{file.relative_to(groups).with_suffix('')}{many}", case


def failure(case: dict[str, Any]) -> str:
    """Why the case does not pass; empty where it does."""
    wanted = case.get("code") or (case.get("error") or {}).get("code")
    try:
        text = evaluate(case)
    except JlensError as error:
        wanted_text = f"wanted {wanted or case.get('result')!r}"
        return "" if error.code == wanted else f"{wanted_text}, got {error.code} {error}"
    except UnicodeEncodeError:
        return "lone surrogates are no text here"
    except FunctionFailed as error:
        return f"refused{error.ending}"
    if wanted:
        return f"wanted {wanted}, got {text}"
    if case.get("undefinedResult"):
        return "" if text is None else f"wanted nothing, got {text}"
    got = None if text is None else json.loads(text)
    return "" if text is not None and got == case["result"] else f"wanted {case['result']!r}, got {got!r}"


def evaluate(case: dict[str, Any]) -> str | None:
    """As JSON text; None for undefined."""
    data = case.get("data")
    if data is None and case.get("dataset"):
        data = json.loads((_sdists.fetch(*SOURCE) / "datasets" / f"{case['dataset']}.json").read_text())
    document = None if data is None and "data" not in case else json.dumps(data)
    bindings = {**chance(SeededIds(1)), **case.get("bindings", {})}
    compiled = compile_engine(case["expr"])
    result: str | None = compiled.evaluate_json(
        document, bindings, timeout=TIMEOUT_S, max_depth=max(DEPTH_MAX, case.get("depth", 0)), now=NOW_MS
    )
    return result


def main() -> None:
    passed = total = 0
    for name, case in load():
        total += 1
        reason = failure(case)
        passed += not reason
        if reason or name in OPEN:
            print(f"{name}: {reason[:200] or 'passes now'}  [{OPEN.get(name, 'not known')}]")
    print(json.dumps({"jsonata": [passed, total]}))


if __name__ == "__main__":
    main()

"""`make conform`: botocore's protocol cases and, where ../shared/conformance exists, the recorded cases.

Each file of recorded cases runs against a server of its own. A count lower than docs/conformance.json is a
failure; ``--update`` writes the counts there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CASES = ROOT.parent / "shared" / "conformance"
COUNTS = ROOT / "docs" / "conformance.json"
SUNDOG = Path(sys.executable).parent / "sundog"


def main(arguments: list[str]) -> int:
    update = "--update" in arguments
    wanted = [a for a in arguments if not a.startswith("--")]
    known = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    seen: dict[str, list[int]] = {}
    for name, (passed, total) in results(wanted):
        seen[name] = [passed, total]
        before = known.get(name, [0])[0]
        mark = "  LOWER than before" if passed < before else ""
        print(f"{name:36} {passed:5} of {total:5}{mark}", flush=True)
    dropped = [name for name, (passed, _) in seen.items() if passed < known.get(name, [0])[0]]
    if update:
        COUNTS.write_text(json.dumps(known | seen, indent=1, sort_keys=True) + "\n")
    return 1 if dropped and not update else 0


def results(wanted: list[str]):
    """(name, (passed, total)) of every group of cases."""
    for script in sorted((ROOT / "tests" / "conformance").glob("[a-z]*.py")):
        name = script.stem.removeprefix("test_")
        if wanted and name not in wanted:
            continue
        if script.stem == name:
            yield from script_results(script)
        else:
            yield name, pytest_results(script)
    for file in sorted((CASES / "recorded").glob("*.jsonl")):
        if (not wanted or file.stem in wanted) and has_service(file.stem):
            yield f"recorded/{file.stem}", recorded(file, "--service", file.stem)
    machines = CASES / "stepfunctions" / "open.jsonl"
    if (not wanted or "stepfunctions" in wanted) and machines.exists() and has_service("stepfunctions"):
        yield "recorded/stepfunctions", recorded(machines)


def script_results(script: Path):
    """A script in tests/conformance prints one JSON line {name: [passed, total]}."""
    output = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=ROOT)
    if output.returncode != 0 or not output.stdout.strip():
        print(output.stderr[-2000:], file=sys.stderr)
        yield script.stem, (0, 0)
        return
    yield from json.loads(output.stdout.strip().splitlines()[-1]).items()


def pytest_results(module: Path) -> tuple[int, int]:
    """A test module in tests/conformance: a case a test."""
    command = [sys.executable, "-m", "pytest", "-v", "--tb=no", module]
    output = subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed)", output)}
    return counts.get("passed", 0), sum(counts.values())


def has_service(name: str) -> bool:
    folder = "lambda_" if name == "lambda" else name
    return (ROOT / "src" / "sundog" / "services" / folder).exists()


def recorded(file: Path, *options: str) -> tuple[int, int]:
    """What the runner beside the cases prints last: ``N passed, M failed``."""
    script = f'exec {sys.executable} {file.parent}/run.py --endpoint "$AWS_ENDPOINT_URL" "$@"'
    command = [SUNDOG, "run", "--", "bash", "-c", script, "run.py", *options, file]
    output = subprocess.run(command, capture_output=True, text=True).stdout
    counts = re.findall(r"(\d+) passed, (\d+) failed", output)
    if not counts:
        return 0, sum(1 for _ in file.open())
    passed, failed = map(int, counts[-1])
    return passed, passed + failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

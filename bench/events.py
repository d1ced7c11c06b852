"""Speed of the event matcher: `python bench/events.py [--events 213068] [--data /work/shared/data/events]`.

Makes the records with the generator, runs the 15 rule sets (JSON text in, rule names out) beside the floor of
parsing the JSON alone, compares the counts with the reference matcher's (of all 213,068 records, in its
README), then mixed rules from 1 to 100,000. Counting the names is part of the time.
Figures are CPU time of this thread, so that a loaded machine disturbs them less.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import runpy
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import orjson

from sundog.lang.event_pattern import Dialect, RuleIndex, compile_pattern


def timed(run: Callable[[], object]) -> float:
    started = time.thread_time()
    run()
    return time.thread_time() - started


def index_of(rules: list[object]) -> RuleIndex:
    index = RuleIndex()
    for number, rule in enumerate(rules):
        index.add(str(number), compile_pattern(json.dumps(rule), Dialect.EVENTBRIDGE))
    return index


def parse_all(lines: list[bytes]) -> None:
    loads = orjson.loads
    for line in lines:
        loads(line)


def match_all(index: RuleIndex, lines: list[bytes], counts: Counter[str]) -> None:
    loads, match = orjson.loads, index.match
    for line in lines:
        counts.update(match(loads(line)))


def reference_counts(data: Path) -> dict[str, list[int]]:
    found = re.findall(r"^- ([A-Z_]+): ([0-9 ]+)$", (data / "README.md").read_text(), re.MULTILINE)
    return {name: [int(count) for count in counts.split()] for name, counts in found}


def sets(make: dict[str, object], data: Path, count: int) -> None:
    chance = random.Random(7)
    lines = [orjson.dumps(make["parcel"](chance)) for _ in range(count)]  # type: ignore[operator]
    expected = reference_counts(data)
    floor = timed(lambda: parse_all(lines))
    print(f"{'parse alone':28} {count / floor:10,.0f} events/s")
    for name, rules in json.loads((data / "rules.json").read_text()).items():
        counts: Counter[str] = Counter()
        index = index_of(rules)
        spent = timed(lambda: match_all(index, lines, counts))  # noqa: B023
        shown = [counts[str(number)] for number in range(len(rules))]
        verdict = "counts as reference" if shown == expected[name] else f"counts {shown}"
        print(f"{name:28} {count / spent:10,.0f} events/s  {floor / spent:5.2f} of floor  {verdict}")


def scale(make: dict[str, object], count: int) -> None:
    chance = random.Random(7)
    lines = [orjson.dumps(make["aws_event"](chance, i, 100_000)) for i in range(count)]  # type: ignore[operator]
    floor = timed(lambda: parse_all(lines))
    print(f"aws events, parse alone      {count / floor:10,.0f} events/s")
    for size in (1, 100, 1_000, 10_000, 100_000):
        rules = [make["rule"](chance, i, "mixed") for i in range(size)]  # type: ignore[operator]
        indexes: list[RuleIndex] = []
        adding = timed(lambda: indexes.append(index_of(rules)))  # noqa: B023
        spent = timed(lambda: match_all(indexes[0], lines, Counter()))  # noqa: B023
        print(f"{size:8,} mixed rules         {count / spent:10,.0f} events/s; {size / adding:,.0f} rules/s")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=213_068)
    options.add_argument("--aws-events", type=int, default=20_000)
    options.add_argument("--data", type=Path, default=Path("/work/shared/data/events"))
    chosen = options.parse_args()
    make = runpy.run_path(str(chosen.data / "make.py"))
    sets(make, chosen.data, chosen.events)
    scale(make, chosen.aws_events)


if __name__ == "__main__":
    main()

"""The plain dialect is Apache Velocity 1.7: what it rendered (or refused) is in velocity.jsonl.

The templates are our own; each was tried with Velocity itself, with `ROOT` and a ``$j`` that parses JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from sundog.lang.vtl import VtlError, compile_template
from sundog.lang.vtl.values import Scripted

FILE = Path(__file__).with_name("velocity.jsonl")
TRIED = [json.loads(line) for line in FILE.read_text().split("\n") if line]
ROOT = """{"a": [{"k": 1}, 2], "user": {"name": "Bob", "age": 30}, "num": 5, "flt": 1.5, "t": true,
           "nul": null, "big": 12345678901, "name": "N"}"""


class Parser(Scripted):
    methods: ClassVar = {"parse": lambda _, text: json.loads(text), "none": lambda _: None}


def render(template: str) -> str:
    return compile_template(template, "plain").render({"root": json.loads(ROOT), "j": Parser()})


@pytest.mark.parametrize("case", [c for c in TRIED if "text" in c], ids=lambda case: case["template"][:40])
def test_a_template_renders_as_in_velocity(case):
    assert render(case["template"]) == case["text"]


@pytest.mark.parametrize("case", [c for c in TRIED if "error" in c], ids=lambda case: case["template"][:40])
def test_a_template_that_velocity_refuses_is_refused(case):
    with pytest.raises(VtlError):
        render(case["template"])


def test_an_error_says_where():
    with pytest.raises(VtlError, match=r'Encountered "<EOF>" at \[line 2, column 4\]'):
        compile_template("a\n$x[")

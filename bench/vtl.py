"""Mapping templates beside airspeed, in the same run (needs `pip install airspeed`).

Usage: python -m bench.vtl. Each template is compiled once and rendered many times with the same values, as a
deployment does it. Both engines get the same body; the objects for airspeed do only what the templates need.
"""

from __future__ import annotations

import json
import sys
import timeit

from sundog.lang.vtl import compile_template
from sundog.lang.vtl.gateway import Input, Util, context

try:
    import airspeed
except ImportError:
    sys.exit("airspeed is not installed: pip install airspeed")

FASTER_MIN = 5
BODY = json.dumps({"user": {"name": "Bob"}, "items": [{"id": n, "name": f"item {n}"} for n in range(5)]})
PARAMETERS = {"path": {"id": "p1"}, "querystring": {"q": "qv"}, "header": {"x-h": "hv", "accept": "*/*"}}

TEMPLATES = {
    "field": '{"name": "$input.path(\'$.user.name\')", "stage": "$context.stage"}',
    "list": """#set($root = $input.path('$'))
{"items": [
#foreach($item in $root.items)
  {"id": $item.id, "name": "$item.name"}#if($foreach.hasNext),#end
#end
]}""",
    "parameters": """#set($all = $input.params())
{#foreach($type in $all.keySet())
#set($params = $all.get($type))
"$type": {#foreach($name in $params.keySet())"$name": "$params.get($name)"#if($foreach.hasNext),#end
#end
}#if($foreach.hasNext),#end
#end
}""",
    "choices": """#foreach($n in [1..20])
#if($n > 15)a#elseif($n == 7)b#else#set($s = $n * 2 + 1)$s #end
#end""",
}


class AirspeedInput:
    """`$input` for airspeed, for the paths of these templates."""

    def __init__(self) -> None:
        self.root = json.loads(BODY)

    def path(self, path: str) -> object:
        value = self.root
        for name in path.split(".")[1:]:
            value = value[name]
        return value

    def params(self) -> object:
        return Keys({place: Keys(values) for place, values in PARAMETERS.items()})


class Keys(dict):
    """A map with the method that the templates call."""

    def keySet(self) -> list[str]:  # noqa: N802 (as in Java)
        return list(self)


def microseconds(run) -> float:
    count, _ = timeit.Timer(run).autorange()
    return min(timeit.repeat(run, number=max(1, count // 4), repeat=5)) / max(1, count // 4) * 1e6


def main() -> int:
    theirs_values = {"input": AirspeedInput(), "context": {"stage": "prod"}}
    values = {"input": Input(BODY, PARAMETERS), "context": context({"stage": "prod"}), "util": Util()}
    slow = []
    print(f"{'template':12} {'sundog us':>10} {'airspeed us':>12} {'faster':>8} {'compile us':>11}")
    for name, text in TEMPLATES.items():
        ours, theirs = compile_template(text), airspeed.Template(text)
        mine = microseconds(lambda ours=ours: ours.render(values))
        other = microseconds(lambda theirs=theirs: theirs.merge(theirs_values))
        compiled = microseconds(lambda text=text: compile_template(text))
        print(f"{name:12} {mine:10.1f} {other:12.1f} {other / mine:7.1f}x {compiled:11.0f}")
        slow += [name] if other < FASTER_MIN * mine else []
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())

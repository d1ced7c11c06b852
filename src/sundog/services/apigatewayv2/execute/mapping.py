"""Parameter mappings, compiled: they append to, overwrite and remove what is sent on, and what is answered.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlencode

from sundog.front.headers import Pairs
from sundog.front.http_call import Answer
from sundog.services.apigatewayv2.execute.call import query_pairs
from sundog.services.apigatewayv2.execute.expressions import Sources, compile_expression
from sundog.services.apigatewayv2.mapping_rules import REQUEST_KEY, RESPONSE_KEY

_LINE_ENDS: Final = re.compile(r"[\r\n\0]+")
PATH_SAFE: Final = "/~!$&'()*+,;=:@"
"""Letters of a path that need no encoding."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What of a request a mapping may change. ``path`` is None until it has, ``raw_query`` once it has."""

    pairs: Pairs
    query: tuple[tuple[str, str], ...]
    raw_query: str | None
    path: str | None = None

    @property
    def query_text(self) -> str:
        return self.raw_query if self.raw_query is not None else urlencode(self.query, quote_via=quote)


MapRequest = Callable[[Mapped, Sources], Mapped]
MapAnswer = Callable[[Answer, Sources], Answer]
_Step = Callable[[Mapped, Sources], Mapped]
_Change = Callable[[Pairs, str, str], Pairs]


def begin_mapping(pairs: Pairs, query: str) -> Mapped:
    return Mapped(pairs, tuple(query_pairs(query)), query)


def compile_request(parameters: Mapping[str, str]) -> MapRequest | None:
    """What a request's mapping does; None where there is none."""
    if not parameters:
        return None
    steps = [_request_step(key, value) for key, value in parameters.items()]

    def run(mapped: Mapped, sources: Sources) -> Mapped:
        for step in steps:
            mapped = step(mapped, sources)
        return mapped

    return run


def compile_answer(by_status: Mapping[str, Mapping[str, str]]) -> MapAnswer | None:
    """What the mapping of an answer's status does; None where there is none."""
    if not by_status:
        return None
    steps = {
        int(status): [_answer_step(key, value) for key, value in parameters.items()]
        for status, parameters in by_status.items()
    }

    def run(answer: Answer, sources: Sources) -> Answer:
        for step in steps.get(answer.status, ()):
            answer = step(answer, sources)
        return answer

    return run


def _request_step(key: str, value: str) -> _Step:
    match = REQUEST_KEY.fullmatch(key)
    assert match is not None, key
    read = compile_expression(value)
    if match["path"]:
        return lambda mapped, sources: _set_path(mapped, read(sources))
    change, name = _CHANGES[match["action"]], match["name"]
    is_removal = match["action"] == "remove"
    if match["place"] == "header":

        def change_header(mapped: Mapped, sources: Sources) -> Mapped:
            text = "" if is_removal else read(sources)
            return mapped if text is None else replace(mapped, pairs=change(mapped.pairs, name, _line(text)))

        return change_header

    def change_query(mapped: Mapped, sources: Sources) -> Mapped:
        text = "" if is_removal else read(sources)
        if text is None:
            return mapped
        return replace(mapped, query=change(mapped.query, name, text), raw_query=None)

    return change_query


def _answer_step(key: str, value: str) -> MapAnswer:
    match = RESPONSE_KEY.fullmatch(key)
    assert match is not None, key
    read = compile_expression(value)
    if match["status"]:
        return lambda answer, sources: _set_status(answer, read(sources))
    change, name = _CHANGES[match["action"]], match["name"]
    is_removal = match["action"] == "remove"

    def change_header(answer: Answer, sources: Sources) -> Answer:
        text = "" if is_removal else read(sources)
        return answer if text is None else replace(answer, pairs=change(answer.pairs, name, _line(text)))

    return change_header


def _set_path(mapped: Mapped, path: str | None) -> Mapped:
    return mapped if path is None else replace(mapped, path=quote(path, safe=PATH_SAFE))


def _set_status(answer: Answer, text: str | None) -> Answer:
    """A text that is no status leaves the answer's own."""
    if text is None or not text.isdecimal() or not 200 <= int(text) <= 599:
        return answer
    return replace(answer, status=int(text))


def _line(text: str) -> str:
    """As the value of a header: no line may end within it."""
    return " ".join(_LINE_ENDS.split(text))


def _append(pairs: Pairs, name: str, value: str) -> Pairs:
    return (*pairs, (name, value))


def _remove(pairs: Pairs, name: str, _value: str) -> Pairs:
    wanted = name.lower()
    return tuple(pair for pair in pairs if pair[0].lower() != wanted)


def _overwrite(pairs: Pairs, name: str, value: str) -> Pairs:
    return (*_remove(pairs, name, value), (name, value))


_CHANGES: Final[Mapping[str, _Change]] = {"append": _append, "overwrite": _overwrite, "remove": _remove}

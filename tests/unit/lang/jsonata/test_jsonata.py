"""JSONata as Step Functions has it. The engine itself is jlens, which has tests of its own."""

from __future__ import annotations

import pytest

from sundog.ids import SeededIds
from sundog.lang.evaluation import Environment, EvaluationFailed
from sundog.lang.jsonata import (
    InvalidExpression,
    UnsupportedReference,
    compile_expression,
    compile_template,
    expression_in,
)

INPUT = {"a": [1, 2, 3], "s": '{"x": 1}', "n": None, "big": 1.0}


def env(**more):
    return Environment(INPUT, {"Execution": {"Name": "e"}}, {"v": 2}, SeededIds(1), 1_000, **more)


def evaluate(text, **more):
    return compile_expression(text, "Output/r").read(env(**more))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$states.input.a[0]", 1),
        ("$states.input.n", None),
        ("$states.context.Execution.Name", "e"),
        ("$v + 1", 3),
        ("$count($states.input.a[$ = 1])", 1),
        ("$partition($states.input.a, 2)", [[1, 2], [3]]),
        ("$range(0, 6, 2)", [0, 2, 4, 6]),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ('$hash("input", "SHA-1")', "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"),
        ("$random(42)", 0.7275636800328681),
        ("$parse($states.input.s).x", 1),
        ("$millis()", 1_000),
        ("$now()", "1970-01-01T00:00:01.000Z"),
        ("$states.input.big", 1),
        ("$contains('hello world', /^hello\\ /)", True),
        ("1 /* comment */", 1),
        ("[$states.input.n, {'n': $states.input.n}]", [None, {"n": None}]),
        ("($v := 5; $v)", 5),
        ("+".join(["1"] * 98), 98),
    ],
)
def test_an_expression_has_its_value(text, expected):
    assert evaluate(text) == expected


def test_states_has_a_result_and_an_error_output_only_where_there_is_one():
    assert set(evaluate("$states")) == {"input", "context"}
    assert set(evaluate("$states", result=1)) == {"input", "context", "result"}
    assert set(evaluate("$states", error_output={"Error": "E"})) == {"input", "context", "errorOutput"}


def test_chance_comes_from_the_ids_handed_in():
    assert evaluate("$uuid()") == evaluate("$uuid()") == SeededIds(1).uuid()
    assert 0 <= evaluate("$random()") < 1


SENTENCE = "The JSONata expression '{}' specified for the field 'Output/r' "


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("$nothing", "returned nothing (undefined)."),
        ("$states.input.nothing", "returned nothing (undefined)."),
        (
            '$abs("x")',
            'threw an error during evaluation. T0410: Argument 1 of function "abs" does not match function '
            "signature",
        ),
        ('$eval("1+1")', "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        (
            "[1..873783] ~> $count()",
            "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for "
            "excessive memory usage",
        ),
        (
            "($f := function($n) { 1 + $f($n) }; $f(1))",
            "threw an error during evaluation: Stack overflow error: Check for non-terminating recursive "
            "function. Consider rewriting as tail-recursive.",
        ),
    ],
)
def test_an_expression_without_a_value_fails_in_the_words_of_aws(text, ending):
    with pytest.raises(EvaluationFailed) as failed:
        evaluate(text)
    assert failed.value.error == "States.QueryEvaluationError"
    assert failed.value.location == "Output/r"
    assert failed.value.cause == SENTENCE.format(text) + ending


@pytest.mark.parametrize(
    "text", ["$range(1, 400000, 1)", "$partition([1], -1)", "$parse('{')", "$hash('x', 'CRC')"]
)
def test_functions_of_step_functions_refuse_what_they_cannot_do(text):
    with pytest.raises(EvaluationFailed):
        evaluate(text)


@pytest.mark.parametrize(
    ("text", "name"), [("phone.number", "phone"), ("$", "$"), ("$$", "$$"), ("$exists(foo)", "foo")]
)
def test_there_is_no_context_at_the_top_level(text, name):
    with pytest.raises(UnsupportedReference) as refused:
        compile_expression(text, "Output/v")
    assert refused.value.message == f"Reference to '{name}' at the top level is not supported."
    assert refused.value.location == "Output/v"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 +", "Unexpected end of expression"),
        ("a[1,2)", 'Expected "]", got ","'),
        ('"unterminated', "String literal must be terminated by a matching quote"),
        ('{"a":}', 'The symbol "}" cannot be used as a unary operator'),
    ],
)
def test_what_does_not_parse_is_refused_with_the_message_of_jsonata(text, message):
    with pytest.raises(InvalidExpression) as refused:
        compile_expression(text, "Output")
    assert refused.value.message == message


def test_the_variables_and_functions_of_an_expression_are_told_apart():
    expression = compile_expression("$sum($map($items, function($i) { $i.n * $rate })) + $f(1)", "Output")
    assert expression.variables == {"items", "rate"}


def test_a_template_evaluates_expressions_anywhere_and_names_where_they_stand():
    template = compile_template({"a": ["{% $v %}", "$v"], "b": {"c": "{% $x %}"}}, "Arguments")
    assert [e.location for e in template.expressions] == ["Arguments/a[0]", "Arguments/b/c"]
    with pytest.raises(EvaluationFailed, match="Arguments/b/c"):
        template.read(env())
    assert compile_template({"a": ["{% $v %}", "$v", 1]}, "Output").read(env()) == {"a": [2, "$v", 1]}


@pytest.mark.parametrize(
    ("value", "text"), [("{% 1 %}", "1"), ("{%1%}", "1"), ("x {% 1 %}", None), (1, None)]
)
def test_only_a_whole_string_is_an_expression(value, text):
    assert expression_in(value) == text

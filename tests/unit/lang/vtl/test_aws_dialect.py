"""How API Gateway's templates differ from Velocity (recorded on AWS)."""

from __future__ import annotations

import json

import pytest

from sundog.lang.vtl import compile_template
from sundog.lang.vtl.gateway import Input, Util, context

BODY = {
    "foo": "bar",
    "list": [{"foo": "bar"}],
    "nested": {"foo": [{"nested": "bar"}]},
    "none": None,
    "n": 1.5,
}


def render(template: str, body: str | None = None) -> str:
    text = json.dumps(BODY) if body is None else body
    variables = {
        "input": Input(text, {"path": {"id": "p"}, "querystring": {"q": "v"}, "header": {"X-Name": "h"}}),
        "context": context({"stage": "prod"}),
        "util": Util(),
        "stageVariables": {"env": "dev"},
    }
    return compile_template(template).render(variables)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("[$nope][${nope}][$nope.a.b()][$input.path('$.none')][$context.nope]", "[][][][][]"),
        ("$input.path('$.list')", '[{"foo":"bar"}]'),
        ("$input.path('$.list[0]')", "{foo=bar}"),
        ("$input.path('$.nested')", '{foo=[{"nested":"bar"}]}'),
        ("#set($made = ['a', 1])$made", "[a, 1]"),
        ("#if($input.path('$.none') == '')empty#end#if($nope == '')undefined#end", "emptyundefined"),
        ("#if($nope != '')set#{else}unset#end", "unset"),
        ("#if($nope == $none)equal#end", "equal"),
        ("$input.path('$.n') $input.path('$.foo')", "1.5 bar"),
        ("#set($text = \"$input.path('$.list') $nope.\")$text", '[{"foo":"bar"}] .'),
        ("\\$nope \\$context.stage", "\\$nope $context.stage"),
        ("#macro(show $it)<$it>#end#show($nope)", "<>"),
    ],
)
def test_values_print_as_recorded(template, text):
    assert render(template) == text


@pytest.mark.parametrize(
    ("template", "body", "text"),
    [
        ("$input.body", "", "{}"),
        ("$input.body.some", "", ""),
        ("$input.json('$')", "", "{}"),
        ("$input.body", "text", "text"),
        ("$input.path('$')", "text", "text"),
        ("$input.json('$')", '{"b": [1, 2.0, "é/"], "a": null}', '{"b":[1,2.0,"é/"],"a":null}'),
        ("$input.json('$.missing')", "{}", '""'),
        ("$input.json('$.none')", '{"none": null}', "null"),
        ("$input.path('$.a[*].b')", '{"a": [{"b": 1}, {"b": 2}]}', "[1,2]"),
        ('#set($i = 1)$input.path("$.a[${i}].b")', '{"a": [{"b": 1}, {"b": 2}]}', "2"),
        ("$input.path('$.a').size()", '{"a": [1, 2]}', "2"),
    ],
)
def test_the_body_is_read_as_text_and_by_path(template, body, text):
    assert render(template, body) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.params('id')$input.params('q')$input.params('X-Name')$input.params('x-name')", "pvhh"),
        ("[$input.params('nope')]#if($input.params('nope') == '')none#end", "[]none"),
        ("$input.params().path.id $input.params().header.get('X-Name')", "p h"),
        ("#foreach($place in $input.params().keySet())$place #end", "path querystring header "),
        ("$stageVariables.env $stageVariables['env'] ${stageVariables.env}", "dev dev dev"),
    ],
)
def test_parameters_come_from_path_query_string_and_headers(template, text):
    assert render(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$util.escapeJavaScript('a\"b/é\u001f')", 'a\\"b\\/\\u00E9\\u001F'),
        ("$util.urlEncode('a b&ü*~')", "a+b%26%C3%BC*%7E"),
        ("$util.urlDecode('a+b%26')", "a b&"),
        ("$util.base64Encode('hé')", "aMOp"),
        ("$util.base64Decode('aMOp') $util.base64Decode('aMO p=')", "hé hé"),
        ("$util.base64Decode('Pz8_') $util.base64Decode('YQ') $util.base64Decode('YWJjZ')", "??? a abc"),
        ("$util.parseJson('{\"a\": [1]}').a[0]", "1"),
        ("$util.escapeJavaScript($nope)$util.nope('a')", ""),
    ],
)
def test_util_does_what_the_reference_says(template, text):
    assert render(template) == text


def test_what_one_template_overrides_the_next_one_sees():
    shared = {"context": context({"stage": "prod"})}
    compile_template(
        "#set($context.responseOverride.status = 444)#set($context.responseOverride.header.foo = 'bar')"
        "#set($context.responseOverride.custom = 'too')#set($context.requestOverride.path['id'] = 'new')"
    ).render(shared)
    seen = compile_template("$context.responseOverride.status $context.responseOverride.header.foo ").render(
        shared
    )
    assert seen == "444 bar "
    assert shared["context"]["responseOverride"] == {"status": 444, "header": {"foo": "bar"}, "custom": "too"}
    assert shared["context"]["requestOverride"]["path"] == {"id": "new"}


def test_what_a_template_sets_does_not_leave_it():
    variables = {"x": 1}
    template = compile_template("#set($x = $x + 1)#set($y = 5)$x$y")
    assert [template.render(variables), template.render(variables)] == ["25", "25"]
    assert variables == {"x": 1}

"""What holds for every template: limits, isolation, errors of one kind."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.vtl import ParseError, RenderError, VtlError, compile_template
from sundog.lang.vtl.gateway import Input, Util
from sundog.lang.vtl.parser import TEMPLATE_BYTES_MAX
from sundog.lang.vtl.values import double_text, json_text

FRAGMENTS = r"""
a $x ${x} $!x $x.y $x.y() $x[0] $x[ \$x \# '' " ( ) { ## #[[ ]]# #* *#
#set($x=1) #set($x #set($x="$x$x") #set($x=[$x,$x]) #set($x={'a':$x}) #set($x=$x*9999999999) #set($x.y.z=$x)
#if($x) #elseif(1) #else #end #end #foreach($i|in|[1..3]) #foreach($i|in|$x) #break #stop
#macro(m|$a) #m(1) #m($x) #@m() #define($x) #evaluate($x) #evaluate('$x') #literal() $foreach.parent.count
$x.put(1,2) $x.split('[') $x.format('%s') $x.replaceAll('(','$9') $input.path('$') $input.path($x)
$util.parseJson($x) #break($foreach.parent)
""".split()  # noqa: SIM905 (a list would hide them in quotes)

texts = st.text(max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def render(template: str, variables: dict | None = None, dialect: str = "plain") -> str:
    return compile_template(template, dialect).render(variables or {})


@given(st.text(st.characters(exclude_characters="$#\\")))
def test_text_without_marks_is_itself(text):
    assert render(text) == text


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12), json_values)
def test_every_template_renders_or_is_refused_with_an_error_of_ours(fragments, x):
    variables = {"x": x, "input": Input(json.dumps(x), {}), "util": Util()}
    with contextlib.suppress(VtlError):
        assert isinstance(render("".join(fragments).replace("|", " "), variables, "aws"), str)


@given(json_values)
def test_json_of_a_value_is_that_value(value):
    assert json.loads(json_text(value)) == value
    assert json.loads(Input(json.dumps(value), {}).json("$")) == value


@given(texts)
def test_a_text_survives_encoding_and_decoding(text):
    template = "$util.urlDecode($util.urlEncode($x))$util.base64Decode($util.base64Encode($x))"
    assert render(template, {"x": text, "util": Util()}) == text * 2


@given(st.integers(), st.integers().filter(bool))
def test_integers_divide_towards_zero_and_the_remainder_makes_up_for_it(left, right):
    quotient, rest = render("#set($q = $a / $b)#set($r = $a % $b)$q $r", {"a": left, "b": right}).split()
    assert int(quotient) * right + int(rest) == left
    assert abs(int(quotient)) == abs(left) // abs(right)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_prints_with_all_its_digits(value):
    assert float(double_text(value)) == value


@given(st.text(st.characters(exclude_characters="'$#\\"), max_size=30))
def test_a_string_in_single_quotes_is_taken_as_it_is(text):
    assert render(f"#set($x = '{text}')$x") == text


@pytest.mark.parametrize(
    "expression",
    [
        "__class__",
        "__class__()",
        "__init__",
        "format_map",
        "__getitem__(0)",
        "body.__doc__",
        "getClass()",
        "class",
    ],
)
@pytest.mark.parametrize(
    "value",
    ["text", 1, 1.5, True, [1], {"a": 1}, Util(), Input("{}", {})],
    ids=lambda value: type(value).__name__,
)
def test_templates_reach_no_attribute_of_python(expression, value):
    assert render(f"$!x.{expression}", {"x": value}) == ""


def test_leaving_a_macro_through_a_loop_further_out_closes_it():
    body = "#foreach($i in [1..30])#foreach($j in [1])#m($foreach.parent)#end$i#end "
    assert render("#macro(m $loop)#break($loop)#end" + body + "done") == " done"
    inner = "#foreach($i in [1..30])#foreach($j in [1])#m($foreach)#end$i,#end"
    assert render("#macro(m $loop)#break($loop)#end" + inner).endswith("30,")


def test_a_loop_ends_after_1000_iterations():
    assert render("#foreach($i in [1..5000])#if(!$foreach.hasNext)$i#end#end") == "1000"


def test_a_template_of_300_kilobytes_is_the_largest():
    assert len(render("x" * TEMPLATE_BYTES_MAX)) == TEMPLATE_BYTES_MAX
    with pytest.raises(ParseError, match="larger than"):
        compile_template("x" * (TEMPLATE_BYTES_MAX + 1))


@pytest.mark.parametrize(
    "template",
    [
        "#foreach($a in [1..999])#foreach($b in [1..999])#foreach($c in [1..999])#end#end#end",
        "#set($s='xxxxxxxxxx')#foreach($i in [1..40])#set($s=\"$s$s\")#end",
        "#set($s='xxxxxxxxxx')#foreach($i in [1..40])#set($s=$s+$s)#end",
        "#set($s='xxxxxxxxxx')#foreach($i in [1..40])#set($s=$s.replace('x', $s))#end",
        "#set($s='xxxxxxxxxx')#foreach($i in [1..40])#set($s=$s.replaceAll('x', $s))#end",
        "#set($s='x')$s.repeat(2000000000)",
        "#set($l=[1])#foreach($i in [1..40])#set($l=[$l,$l])#end$l",
        "#set($l=[1])#foreach($i in [1..40])$!l.addAll($l)#end",
        "#set($n=9)#foreach($i in [1..40])#set($n=$n*$n)#end$n",
        "#set($l=[])$!l.add($l)$l",
        "#macro(m)#m()#end#m()",
        "#set($s='#evaluate($s)')#evaluate($s)",
        "#set($f='')$f.format('%999999999d', 1)",
        "[1..2000000000]#foreach($i in [1..2000000000])#end",
    ],
)
def test_a_template_cannot_grow_beyond_limits(template):
    with pytest.raises(RenderError):
        render(template)


@pytest.mark.parametrize(
    "template",
    [
        "#if(true)" * 5000 + "#end" * 5000,
        "#set($x = " + "(" * 5000 + "1" + ")" * 5000 + ")",
        "#set($x = " + "[" * 5000 + "]" * 5000 + ")",
        "#set($x = " + "!" * 5000 + "true)",
        "$x" + ".a()" * 5000,
        "#set($x = 1" + " + $y" * 5000 + ")",
        "#set($x = " + "9" * 5000 + ")",
    ],
)
def test_deep_nesting_is_refused(template):
    with pytest.raises(ParseError):
        compile_template(template)


def test_forty_loops_in_each_other_are_too_many_and_thirty_are_not():
    def nested(count: int) -> str:
        return "".join(f"#foreach($i{n} in [1])" for n in range(count)) + "x" + "#end" * count

    assert render(nested(30)) == "x"
    with pytest.raises(ParseError, match="levels of nesting"):
        compile_template(nested(41))

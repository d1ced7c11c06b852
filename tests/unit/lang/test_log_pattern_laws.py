"""Laws of filter patterns: generated patterns agree with the plainest reading of AWS's syntax page."""

import fnmatch
import json

from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.log_pattern import compile_pattern

WORDS = st.sampled_from(["ERROR", "WARN", "a", "ab", "b1"])
MESSAGES = st.lists(WORDS | st.sampled_from(["error", "xERRORx", "a b", ":"]), max_size=5).map(" ".join)
MARKS = st.sampled_from(["", "", "-", "?"])


def terms_match(terms, message):
    """All plain ones, none of the excluded; optional ones count only among themselves."""
    plain = [word for mark, word in terms if mark == ""]
    excluded = [word for mark, word in terms if mark == "-"]
    optional = [word for mark, word in terms if mark == "?"]
    if plain or excluded:
        return all(word in message for word in plain) and not any(word in message for word in excluded)
    return not optional or any(word in message for word in optional)


@given(terms=st.lists(st.tuples(MARKS, WORDS), max_size=4), message=MESSAGES, is_quoted=st.booleans())
def test_terms_match_as_the_plainest_reading_says(terms, message, is_quoted):
    quote = '"' if is_quoted else ""
    pattern = " ".join(f"{mark}{quote}{word}{quote}" for mark, word in terms)
    assert (compile_pattern(pattern)(message) is not None) == terms_match(terms, message)


LEAVES = st.sampled_from(["x", "xy", "y", "", "12", "*"]) | st.integers(-3, 3) | st.booleans() | st.none()
DOCUMENTS = st.dictionaries(st.sampled_from("abc"), LEAVES | st.lists(LEAVES, max_size=3), max_size=3)
WILD = st.sampled_from(["x", "x*", "*", "*y", "z"])
CONDITIONS = st.recursive(
    st.tuples(st.just("="), st.sampled_from("abc"), WILD)
    | st.tuples(st.just("!="), st.sampled_from("abc"), WILD)
    | st.tuples(st.sampled_from(["<", ">=", "number="]), st.sampled_from("abc"), st.integers(-3, 3))
    | st.tuples(st.sampled_from(["EXISTS", "NOT EXISTS", "IS NULL", "IS TRUE"]), st.sampled_from("abc")),
    lambda inner: st.tuples(st.sampled_from(["&&", "||"]), inner, inner),
    max_leaves=5,
)


def written(condition):
    sign, first, *rest = condition
    if sign in ("&&", "||"):
        return f"({written(first)} {sign} {written(rest[0])})"
    if sign in ("=", "!="):
        return f'$.{first} {sign} "{rest[0]}"'
    if sign in ("<", ">=", "number="):
        return f"$.{first} {sign.removeprefix('number')} {rest[0]}"
    return f"$.{first} {sign}"


def holds(condition, document):
    sign, first, *rest = condition
    if sign == "&&":
        return holds(first, document) and holds(rest[0], document)
    if sign == "||":
        return holds(first, document) or holds(rest[0], document)
    if sign == "NOT EXISTS":
        return first not in document
    if first not in document:
        return False
    return leaf_holds(sign, document[first], *rest)


def leaf_holds(sign, value, wanted=None):
    if sign in ("EXISTS", "IS NULL", "IS TRUE"):
        return {"EXISTS": True, "IS NULL": value is None, "IS TRUE": value is True}[sign]
    if value is None or isinstance(value, list):
        return False
    text = value if isinstance(value, str) else json.dumps(value)
    if sign in ("=", "!="):
        return fnmatch.fnmatchcase(text, wanted) == (sign == "=")
    if isinstance(value, bool) or not text.lstrip("-").isdigit():
        return False
    return {"<": int(text) < wanted, ">=": int(text) >= wanted, "number=": int(text) == wanted}[sign]


@given(condition=CONDITIONS, document=DOCUMENTS)
def test_json_patterns_hold_as_the_plainest_reading_says(condition, document):
    match = compile_pattern(f"{{ {written(condition)} }}")
    assert (match(json.dumps(document)) is not None) == holds(condition, document)


FIELDS = st.lists(st.sampled_from(["ERROR", "WARN", "200", "404", '"a b"', "[c d]"]), min_size=1, max_size=5)


@given(fields=FIELDS, count=st.integers(1, 5), wanted=st.sampled_from(["ERROR", "2*", "4*", "*"]))
def test_a_line_of_fields_matches_by_count_and_by_its_first_field(fields, count, wanted):
    names = ", ".join(f"w{number}" for number in range(1, count))
    pattern = f"[w0={wanted}{', ' if names else ''}{names}]"
    first = fields[0].strip('"[]')
    expected = len(fields) == count and fnmatch.fnmatchcase(first, wanted)
    assert (compile_pattern(pattern)(" ".join(fields)) is not None) == expected

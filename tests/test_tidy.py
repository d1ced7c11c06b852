"""The style guide, as far as a machine can check it."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "sundog"
MODULES = sorted(p for p in SOURCE.rglob("*.py") if "inside" not in p.parts)
LINES_PER_MODULE_MAX, LINES_PER_FUNCTION_MAX = 500, 60

CLOCK, IDS, CONFIG = SOURCE / "clock.py", SOURCE / "ids.py", SOURCE / "config.py"
BANNED_CALLS = {
    CLOCK: {
        "time.time",
        "time.time_ns",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.sleep",
        "datetime.now",
        "datetime.utcnow",
        "date.today",
        "asyncio.sleep",
    },
    IDS: {
        "uuid.uuid4",
        "uuid.uuid1",
        "random.random",
        "random.randint",
        "random.choice",
        "secrets.token_hex",
    },
    CONFIG: {"os.getenv", "os.environ.get"},
}
MAY_READ_ENVIRONMENT = {SOURCE / "cli"}  # the command reads it once and hands it to Config
MAY_OPEN_SOCKETS = ("gateway", "compute", "cli", "testing")
HTTP_CLIENT = SOURCE / "bus" / "http.py"  # services reach the world outside through this one


def _calls(tree: ast.AST) -> set[str]:
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    return {ast.unparse(node.func) for node in calls}


def _imports(tree: ast.AST) -> set[str]:
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return names | {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}


def _functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.fixture(params=MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def module(request: pytest.FixtureRequest) -> tuple[Path, str, ast.Module]:
    path: Path = request.param
    text = path.read_text()
    return path, text, ast.parse(text)


def test_a_module_is_small_and_says_what_it_is_for(module):
    _, text, tree = module
    assert text.count("\n") <= LINES_PER_MODULE_MAX, "a noun is missing"
    assert ast.get_docstring(tree)


def test_functions_are_small_and_import_nothing(module):
    _, _, tree = module
    for function in _functions(tree):
        assert (function.end_lineno or 0) - function.lineno < LINES_PER_FUNCTION_MAX, function.name
        nested = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
        assert not nested, f"{function.name} imports inside itself"


def test_a_module_holds_no_state(module):
    _, _, tree = module
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Global)]
    for node in tree.body:
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.Dict | ast.List | ast.Set):
            assert ast.unparse(value) not in ("{}", "[]"), "an empty container waits to be filled"


def test_time_chance_and_environment_are_arguments(module):
    path, text, tree = module
    calls = _calls(tree)
    for home, banned in BANNED_CALLS.items():
        if path != home:
            assert not banned & calls, f"only {home.name} may call {sorted(banned & calls)}"
    if path != CONFIG and not any(folder in path.parents for folder in MAY_READ_ENVIRONMENT):
        assert "os.environ" not in text


def test_sockets_are_opened_at_the_edge_and_in_compute_only(module):
    path, _, tree = module
    if path.relative_to(SOURCE).parts[0] not in MAY_OPEN_SOCKETS and path != HTTP_CLIENT:
        assert not {"socket", "http.client", "urllib.request", "requests", "aiohttp"} & _imports(tree)

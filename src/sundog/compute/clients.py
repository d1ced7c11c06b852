"""Languages whose functions run through AWS's own runtime interface client, where both are installed.

Neither comes with sundog: what is found is used, and what is missing is named with the way to get it.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sundog.compute.interpreters import Interpreter

_HEAP_SHARE = 0.85
"""Of a Java function's memory, as AWS's bootstrap gives it to the JVM."""

_JAVA_MAIN = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
_JAVA_JARS = (
    "aws-lambda-java-runtime-interface-client",
    "aws-lambda-java-core",
    "aws-lambda-java-serialization",
)
_NUMBERS = re.compile(r"\d+")

Found = Interpreter | None
Command = Callable[[Interpreter, str, int], list[str]]
"""(interpreter, handler, memory in MB) -> the command that is the runtime."""


@dataclass(frozen=True, slots=True)
class Language:
    """``find`` looks on a PATH (None for this process's own), ``find_client`` in the user's home."""

    name: str
    runtimes: re.Pattern[str]
    find: Callable[[str | None], Found]
    find_client: Callable[[Path, Interpreter], Sequence[Path]]
    command: Command
    remedy: str
    client_remedy: str


def _find_java(path: str | None) -> Found:
    found = shutil.which("java", path=path)
    if found is None:
        return None
    real = Path(found).resolve()
    prefix = real.parent.parent
    release = prefix / "release"
    text = release.read_text() if release.exists() else prefix.name
    version = re.search(r'JAVA_VERSION="([^"]+)"', text) or re.search(r"(\d[\d.]*)", text)
    numbers = tuple(map(int, _NUMBERS.findall(version[1])[:3])) if version else ()
    # Debian keeps settings of a JDK in /etc and links to them
    settings = Path("/etc").glob(f"java-{numbers[0]}-*") if numbers else ()
    return Interpreter("Java", numbers, real, (prefix, *settings))


def _find_java_client(home: Path, _java: Interpreter) -> Sequence[Path]:
    """The newest of each jar in the local Maven repository; nothing unless all are there."""
    jars = []
    for name in _JAVA_JARS:
        folder = home / ".m2" / "repository" / "com" / "amazonaws" / name
        # Not the sources, the documentation, or a build for one platform
        found = [jar for jar in folder.glob(f"*/{name}-*.jar") if jar.stem == f"{name}-{jar.parent.name}"]
        if not found:
            return ()
        jars.append(max(found, key=lambda jar: _version_of(jar.parent.name)))
    return jars


def _java_command(java: Interpreter, handler: str, memory_mb: int) -> list[str]:
    heap_mb = max(64, int(memory_mb * _HEAP_SHARE))
    options = [f"-Xmx{heap_mb}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
    return [str(java.path), *options, "-cp", ":".join(map(str, java.client)), _JAVA_MAIN, handler]


def _find_ruby(path: str | None) -> Found:
    found = shutil.which("ruby", path=path)
    if found is None or "shims" in Path(found).parts:
        return None
    real = Path(found).resolve()
    numbers = tuple(map(int, _NUMBERS.findall(real.name + " " + real.parent.parent.name)[:2]))
    return Interpreter("Ruby", numbers, real, (real.parent.parent,))


def _find_ruby_client(home: Path, ruby: Interpreter) -> Sequence[Path]:
    prefix = ruby.path.parent.parent
    places = (
        *prefix.glob("lib/ruby/gems/*/gems/aws_lambda_ric-*"),
        *Path("/var/lib/gems").glob("*/gems/aws_lambda_ric-*"),
        *home.glob(".gem/ruby/*/gems/aws_lambda_ric-*"),
        *home.glob(".local/share/gem/ruby/*/gems/aws_lambda_ric-*"),
    )
    programs = [program for gem in places for program in sorted(gem.glob("bin/aws_lambda_ric*"))]
    return programs[-1:]


def _ruby_command(ruby: Interpreter, handler: str, _memory_mb: int) -> list[str]:
    return [str(ruby.path), str(ruby.client[0]), handler]


LANGUAGES: tuple[Language, ...] = (
    Language(
        "Java",
        re.compile(r"java(\d+)(\.al2)?$"),
        _find_java,
        _find_java_client,
        _java_command,
        "Install a JDK or JRE so that `java` is on PATH.",
        "Fetch AWS's runtime interface client into the local Maven repository: `mvn dependency:get "
        "-Dartifact=com.amazonaws:aws-lambda-java-runtime-interface-client:2.6.0`.",
    ),
    Language(
        "Ruby",
        re.compile(r"ruby(\d+\.\d+)$"),
        _find_ruby,
        _find_ruby_client,
        _ruby_command,
        "Install Ruby so that `ruby` is on PATH.",
        "Install AWS's runtime interface client: `gem install aws_lambda_ric`.",
    ),
)
ELSEWHERE = {
    "dotnet": "Publish the function as an executable for provided.al2023, or as a container image: AWS's "
    "client for .NET's managed runtime is not published.",
}
"""Runtimes that cannot run here whatever is installed, by the beginning of their name."""


def language_of(runtime: str) -> Language | None:
    return next((one for one in LANGUAGES if one.runtimes.match(runtime)), None)


def find_with_client(language: Language, path: str | None, home: Path) -> Interpreter | str:
    """The interpreter with its client, or how to get what is missing."""
    interpreter = language.find(path)
    if interpreter is None:
        return language.remedy
    client = tuple(language.find_client(home, interpreter))
    if not client:
        return language.client_remedy
    folders = tuple(dict.fromkeys(file.parent for file in client))
    return replace(interpreter, client=client, visible=(*interpreter.visible, *folders))


def _version_of(text: str) -> tuple[int, ...]:
    return tuple(map(int, _NUMBERS.findall(text)))

"""Languages that run through AWS's client: found where it is, named where it is not.

Their real clients come from Maven and RubyGems; a stand-in of the test's own at their place speaks the
Runtime API as they do.
"""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from sundog.compute.clients import ELSEWHERE, LANGUAGES, find_with_client, language_of
from sundog.compute.contract import RuntimeMissing
from sundog.compute.interpreters import Interpreter

JAVA, RUBY = LANGUAGES
CLIENT = """
package com.amazonaws.services.lambda.runtime.api.client;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;

public class AWSLambda {
    public static void main(String[] arguments) throws Exception {
        String api = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/";
        while (true) {
            HttpURLConnection next = (HttpURLConnection) new URL(api + "next").openConnection();
            String id = next.getHeaderField("Lambda-Runtime-Aws-Request-Id");
            byte[] event = next.getInputStream().readAllBytes();
            HttpURLConnection answer = (HttpURLConnection) new URL(api + id + "/response").openConnection();
            answer.setDoOutput(true);
            String body = "{\\"handler\\":\\"" + arguments[0] + "\\",\\"event\\":" + new String(event)
                + ",\\"heap\\":" + (Runtime.getRuntime().maxMemory() >> 20) + "}";
            answer.getOutputStream().write(body.getBytes());
            answer.getInputStream().readAllBytes();
        }
    }
}
"""


@pytest.fixture(scope="module")
def java_home(tmp_path_factory):
    """A home whose Maven repository has a client."""
    if shutil.which("javac") is None:
        pytest.skip("there is no JDK here")
    folder = tmp_path_factory.mktemp("java")
    (folder / "AWSLambda.java").write_text(CLIENT)
    subprocess.run(["javac", "-d", folder / "classes", folder / "AWSLambda.java"], check=True)
    repository = folder / "home" / ".m2" / "repository" / "com" / "amazonaws"
    for name in ("runtime-interface-client", "core", "serialization"):
        jar = repository / f"aws-lambda-java-{name}" / "2.0" / f"aws-lambda-java-{name}-2.0.jar"
        jar.parent.mkdir(parents=True)
        with zipfile.ZipFile(jar, "w") as archive:
            for path in (folder / "classes").rglob("*.class") if "client" in name else ():
                archive.write(path, path.relative_to(folder / "classes"))
    return folder / "home"


async def test_a_java_function_runs_through_the_client_of_the_maven_repository(own_yard, java_home):
    async with own_yard(home=java_home) as yard:
        spec = yard.deploy({}, "java17", handler="app.Handler::run", memory_mb=512, timeout_s=20)
        value = (await yard.invoke(spec, 1)).value
        assert (value["handler"], value["event"]) == ("app.Handler::run", 1)
        assert 300 < value["heap"] <= 436, "85 % of the function's memory"
        assert (await yard.invoke(spec, 2)).outcome.init_ms is None


async def test_without_the_client_the_invocation_names_the_remedy(own_yard, tmp_path):
    async with own_yard(home=tmp_path) as yard:
        for runtime in ("java21", "ruby3.4", "dotnet8"):
            with pytest.raises(RuntimeMissing) as caught:
                await yard.invoke(yard.deploy({}, runtime))
            remedies = [JAVA.remedy, JAVA.client_remedy, RUBY.remedy, RUBY.client_remedy, *ELSEWHERE.values()]
            assert str(caught.value) in remedies


def test_the_newest_client_is_taken_and_other_jars_are_left(tmp_path):
    for name in ("runtime-interface-client", "core", "serialization"):
        for version in ("2.9.0", "2.10.1"):
            folder = tmp_path / ".m2/repository/com/amazonaws" / f"aws-lambda-java-{name}" / version
            folder.mkdir(parents=True)
            for suffix in ("", "-sources", "-linux-x86_64"):
                (folder / f"aws-lambda-java-{name}-{version}{suffix}.jar").touch()
    jars = JAVA.find_client(tmp_path, Interpreter("Java", (17,), Path("/java"), ()))
    assert [jar.name.rpartition("-")[2] for jar in jars] == ["2.10.1.jar"] * 3


def test_ruby_is_run_with_the_program_of_its_gem(tmp_path):
    ruby = tmp_path / "bin" / "ruby"
    program = tmp_path / "lib/ruby/gems/3.4.0/gems/aws_lambda_ric-3.1.0/bin/aws_lambda_ric"
    for file in (ruby, program):
        file.parent.mkdir(parents=True)
        file.touch(0o755)
    found = find_with_client(RUBY, str(ruby.parent), tmp_path / "none")
    assert isinstance(found, Interpreter)
    assert RUBY.command(found, "app.handler", 128) == [str(ruby), str(program), "app.handler"]
    assert program.parent in found.visible


@pytest.mark.parametrize(
    ("runtime", "language"),
    [("java8.al2", JAVA), ("java25", JAVA), ("ruby3.4", RUBY), ("dotnet8", None), ("python3.12", None)],
)
def test_a_runtime_belongs_to_a_language(runtime, language):
    assert language_of(runtime) is language

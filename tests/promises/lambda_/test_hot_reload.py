"""Code from a folder of the user's, by the convention S3Bucket=hot-reload: an edit is in the next answer."""

from types import SimpleNamespace

import pytest

from sundog.config import Config
from sundog.errors import UnsupportedOperation
from sundog.services.lambda_.sources import check_may_read_here

HANDLER = "N = {}\ndef handler(event, context):\n    return N\n"


@pytest.fixture
def folder(tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    (code / "code.py").write_text(HANDLER.format(1))
    return code


def hot(folder):
    return {"S3Bucket": "hot-reload", "S3Key": str(folder)}


async def test_an_edit_is_in_the_next_answer(create, call, folder):
    await create("f", Code=hot(folder))
    assert await call("f") == 1
    (folder / "code.py").write_text(HANDLER.format(22))
    assert await call("f") == 22
    (folder / "helper.py").write_text("VALUE = 3\n")
    (folder / "code.py").write_text("import helper\ndef handler(event, context):\n    return helper.VALUE\n")
    assert await call("f") == 3


async def test_a_function_is_turned_to_a_folder_and_back(create, call, functions, folder, bundle):
    await create("f")
    assert await call("f", "echo") == "echo"
    await functions.update_function_code(FunctionName="f", **hot(folder))
    assert await call("f") == 1
    await functions.update_function_code(
        FunctionName="f", ZipFile=bundle("def handler(event, context):\n    return 'zip'\n")
    )
    assert await call("f") == "zip"


async def test_without_an_edit_the_environment_stays(create, call, folder):
    (folder / "code.py").write_text("n = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return n\n")
    await create("f", Code=hot(folder))
    assert [await call("f") for _ in range(3)] == [1, 2, 3]


async def test_a_layer_is_reloaded_too(create, call, functions, folder, tmp_path):
    module = tmp_path / "layer" / "python" / "shared.py"
    module.parent.mkdir(parents=True)
    module.write_text("VALUE = 'old'\n")
    layer = await functions.publish_layer_version(LayerName="shared", Content=hot(tmp_path / "layer"))
    (folder / "code.py").write_text("import shared\ndef handler(e, c):\n    return shared.VALUE\n")
    await create("f", Code=hot(folder), Layers=[layer["LayerVersionArn"]])
    assert await call("f") == "old"
    module.write_text("VALUE = 'fresh'\n")
    assert await call("f") == "fresh"


async def test_the_answers_say_where_the_code_is(create, functions, folder):
    made = await create("f", Code=hot(folder))
    assert made["CodeSize"] == 0
    assert (await functions.get_function(FunctionName="f"))["Code"]["Location"] == folder.as_uri()


async def test_what_is_no_folder_is_refused(create, refusal, folder):
    for key in ("code", str(folder / "none"), str(folder / "code.py")):
        code, message = await refusal(create("f", Code={"S3Bucket": "hot-reload", "S3Key": key}))
        assert code == "InvalidParameterValueException"
        assert "takes the absolute path of a folder" in message


async def test_other_buckets_are_refused_by_name(create, refusal):
    code, message = await refusal(create("f", Code={"S3Bucket": "bucket", "S3Key": "code.zip"}))
    assert code == "UnsupportedOperation"
    assert "S3Bucket=hot-reload" in message


async def test_a_folder_that_is_gone_is_said_to_be(create, call, functions, refusal, folder):
    await create("f", Code=hot(folder))
    folder.rename(folder.with_name("elsewhere"))
    code, message = await refusal(functions.invoke(FunctionName="f"))
    assert code == "InvalidRuntimeException"
    assert f"the folder {folder}, whose code is reloaded as it changes, is not there" in message
    folder.with_name("elsewhere").rename(folder)
    assert await call("f") == 1


def test_off_loopback_no_caller_may_name_a_folder():
    config = Config(host="0.0.0.0", iam="enforce", ephemeral=True)
    with pytest.raises(UnsupportedOperation, match=r"listens on 0\.0\.0\.0"):
        check_may_read_here(SimpleNamespace(config=config), "S3Bucket=hot-reload")

"""Whatever is asked, the answer is a result or an error of the model's own: never a failure of ours."""

import random

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from sundog.services.apigatewayv2.service import SERVICE

TEXTS = [
    *("", "a", "$default", "$connect", "GET /a", "ANY /{p+}", "x" * 70, "{", "}", "${", "1.0", "2.0", "HTTP"),
    *(
        "JWT",
        "REQUEST",
        "integrations/x",
        "https://example.com",
        "http://[",
        "é\n\0",
        "-1",
        "0",
        "999",
        "200",
    ),
    *(
        "$request.header.a",
        "$context.requestId",
        "route.request.header.a",
        "append:header.a",
        "SQS-SendMessage",
    ),
    *("api.example.com", '{"type": "object"}', "arn:aws:lambda:us-east-1:000000000000:function:f"),
    "arn:aws:logs:us-east-1:000000000000:log-group:g",
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations",
]


class Asker:
    """Makes requests out of the model's shapes; ids that answers hold are asked for again."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ids = {}

    def value(self, name, shape, depth=0):
        if name in self.ids and self.random.random() < 0.9:
            return self.random.choice(self.ids[name])
        kind = shape.type_name
        if kind == "timestamp":
            return 1_700_000_000
        if kind == "structure":
            return self.members(shape, depth + 1)
        if kind == "list":
            size = self.random.randrange(3)
            return [self.value(name, shape.member, depth + 1) for _ in range(size)]
        if kind == "map":
            size = self.random.randrange(3)
            return {self.text(): self.value("", shape.value, depth + 1) for _ in range(size)}
        if kind == "boolean":
            return self.random.random() < 0.3
        if kind in ("integer", "long", "double"):
            return self.random.choice([0, 1, -1, 50, 300, 29_000, 10**6])
        enum = shape.metadata.get("enum")
        return self.random.choice(enum) if enum and self.random.random() < 0.9 else self.text()

    def members(self, shape, depth=0):
        wanted = {
            name: member
            for name, member in shape.members.items()
            if name in shape.required_members or self.random.random() < 0.4 / (depth + 1)
        }
        return {name: self.value(name, member, depth) for name, member in wanted.items()}

    def text(self):
        return self.random.choice(TEXTS)

    def note(self, answer):
        for name, value in answer.items():
            if name.endswith("Id") and isinstance(value, str):
                self.ids.setdefault(name, []).append(value)


@pytest.fixture
def asker(api_id, socket_id, request):
    asker = Asker(request.param)
    asker.ids["ApiId"] = [api_id, socket_id]
    asker.ids["StageName"] = ["$default", "dev"]
    return asker


async def ask_some(apis, model, asker, times):
    """How many of so many random requests were answered; the others were refused."""
    names = [operation.name for operation in SERVICE.operations if operation.name != "DeleteApi"]
    answered = 0
    for _ in range(times):
        operation = model.operation_model(asker.random.choice(names))
        request = asker.members(operation.input_shape)
        try:
            asker.note(await getattr(apis, xform_name(operation.name))(**request))
            answered += 1
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            assert status in (400, 403, 404, 409, 429, 501), (operation.name, request, error)
    return answered


@pytest.mark.parametrize("asker", range(4), indirect=True)
async def test_any_request_is_answered_or_refused(asker, client, world):
    apis, model = client("apigatewayv2", validate=False), world.app.models.get("apigatewayv2")
    assert await ask_some(apis, model, asker, 600) > 50


@pytest.mark.parametrize("asker", range(4, 6), indirect=True)
async def test_whatever_is_deployed_answers(asker, client, world, api_id, ask, function, caplog):
    await function(lambda event: {"statusCode": 200, "headers": {"a": "b"}, "body": "x"})
    apis, model = client("apigatewayv2", validate=False), world.app.models.get("apigatewayv2")
    await apis.create_stage(ApiId=api_id, StageName="dev", AutoDeploy=True)
    headers = {"Origin": "https://a.com", "Authorization": "Bearer a.b.c", "a": "1"}
    for _ in range(30):
        await ask_some(apis, model, asker, 20)
        for path in ("/dev/a", "/dev/p/q", "/dev", "/"):
            method = asker.random.choice(["GET", "POST", "OPTIONS"])
            answer = await ask(api_id, path, method, headers=headers, query="a=1&b", body=b'{"a": 1}')
            assert 100 <= answer.status <= 599
    assert not [record for record in caplog.records if record.exc_info]

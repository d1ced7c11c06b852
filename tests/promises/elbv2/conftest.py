"""What the load balancer tests share: a balancer with a listener in one line, and requests to it."""

import io
import zipfile
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from sundog.protocol.http import HttpRequest
from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine

SUBNETS = ["subnet-0a", "subnet-0b"]
FIXED = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "nothing here"},
}


@pytest.fixture
def elb(client):
    return client("elbv2")


@pytest.fixture
def refusal():
    """Code and message of the error that an awaitable ends in."""

    async def of(awaitable):
        with pytest.raises(ClientError) as caught:
            await awaitable
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return of


@dataclass
class Made:
    """A load balancer with one listener."""

    arn: str
    listener: str
    dns_name: str


@pytest.fixture
def make(elb):
    """``await make(default actions)``: a load balancer with an HTTP listener on port 80."""

    async def balancer(*actions, name="front", **listener):
        made = (await elb.create_load_balancer(Name=name, Subnets=SUBNETS))["LoadBalancers"][0]
        listener = {"Protocol": "HTTP", "Port": 80, **listener}
        arn = made["LoadBalancerArn"]
        actions = list(actions) or [FIXED]
        created = await elb.create_listener(LoadBalancerArn=arn, DefaultActions=actions, **listener)
        return Made(arn, created["Listeners"][0]["ListenerArn"], made["DNSName"])

    return balancer


@dataclass
class Seen:
    """An answer as a client sees it; ``headers`` by lower-case name."""

    status: int
    headers: dict
    body: bytes
    pairs: tuple


@pytest.fixture
def ask(world):
    """``await ask(dns name, "/path?query")``: the answer of a load balancer."""

    async def request(host, target="/", method="GET", body=b"", lines=(), is_connected=True, **members):
        path, _, query = target.partition("?")
        lines = [("Host", host), *lines]
        raw = tuple((name.encode(), value.encode()) for name, value in lines)
        headers = {}
        for name, value in lines:
            headers[name.lower()] = f"{headers[name.lower()]},{value}" if name.lower() in headers else value
        http = HttpRequest(method, path, query, headers, body, raw_headers=raw, **members)
        answer = await world.app.server.answer(http, lambda: is_connected)
        text = answer.body
        if answer.stream is not None:
            text += b"".join([chunk async for chunk in answer.stream])
        pairs = (*answer.headers.items(), *answer.pairs)
        return Seen(answer.status, {name.lower(): value for name, value in pairs}, text, pairs)

    return request


@pytest.fixture
async def engine(world):
    scripted = ScriptedEngine(world.clock)
    await world.app.parts.get(Compute).use(scripted)
    return scripted


@pytest.fixture
def function(client, clock, engine):
    """``await function(script)``: the ARN of a function that does what the script does."""

    async def make_function(script, name="target"):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as bundle:
            bundle.writestr("code.py", "")
        made = await client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="code.handler",
            Role="arn:aws:iam::000000000000:role/anything",
            Code={"ZipFile": data.getvalue()},
        )
        engine.scripts[name] = script
        await clock.settle()
        return made["FunctionArn"]

    return make_function


@pytest.fixture
def permit(client):
    """Let load balancers call the function."""

    async def add(function, **members):
        await client("lambda").add_permission(
            FunctionName=function,
            StatementId="elb",
            Action="lambda:InvokeFunction",
            Principal="elasticloadbalancing.amazonaws.com",
            **members,
        )

    return add


@pytest.fixture
def behind(elb, function, permit, make):
    """``await behind(script)``: a load balancer in front of a function, and its target group."""

    async def build(script, *, multi=False):
        arn = await function(script)
        await permit(arn)
        group = await elb.create_target_group(Name="functions", TargetType="lambda")
        group = group["TargetGroups"][0]["TargetGroupArn"]
        if multi:
            attribute = {"Key": "lambda.multi_value_headers.enabled", "Value": "true"}
            await elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
        await elb.register_targets(TargetGroupArn=group, Targets=[{"Id": arn}])
        made = await make({"Type": "forward", "TargetGroupArn": group})
        return made, group

    return build


def say(**answer):
    """A script that answers this, and keeps the events it got in ``say.events``."""
    events = []

    def script(event):
        events.append(event)
        return answer

    script.events = events
    return script


@pytest.fixture
def saying():
    return say

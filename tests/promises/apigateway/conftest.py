"""What the tests of REST APIs share: a client, an API with a method, how errors are expected."""

from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def gateway(client):
    return client("apigateway")


class Api:
    """An API ``shop``: operations on it, without naming it each time."""

    def __init__(self, gateway, id, root):
        self.gateway, self.id, self.root = gateway, id, root

    def __getattr__(self, name):
        operation = getattr(self.gateway, name)

        async def call(**parameters):
            return await operation(restApiId=self.id, **parameters)

        return call

    async def path(self, part, parent=""):
        """A resource below ``parent``, the root unless given; its id."""
        return (await self.create_resource(parentId=parent or self.root, pathPart=part))["id"]

    async def mock(self, resource="", method="GET", **more):
        """A method that answers by itself."""
        at = {"resourceId": resource or self.root, "httpMethod": method}
        await self.put_method(**at, authorizationType="NONE", **more)
        await self.put_integration(
            **at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
        )
        return at

    async def deploy(self, **more):
        return (await self.create_deployment(**more))["id"]


@pytest.fixture
async def api(gateway):
    created = await gateway.create_rest_api(name="shop")
    return Api(gateway, created["id"], created["rootResourceId"])


@pytest.fixture
def refused():
    """``with refused("ConflictException", "Stage already exists"):`` the call in it fails with just that."""

    @contextmanager
    def expect(code, message):
        with pytest.raises(ClientError) as error:
            yield
        found = error.value.response["Error"]
        assert (found["Code"], found["Message"]) == (code, message)

    return expect


DOMAIN = "api.example.com"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"


@pytest.fixture
def domain(gateway):
    """``await domain("REGIONAL")``: creates the domain name, edge-optimized unless said."""

    async def create(kind="EDGE", name=DOMAIN):
        prefix = "regionalCertificate" if kind == "REGIONAL" else "certificate"
        return await gateway.create_domain_name(
            domainName=name, endpointConfiguration={"types": [kind]}, **{f"{prefix}Arn": CERTIFICATE}
        )

    return create


def patch(op, path, value=None, **more):
    given = {} if value is None else {"value": value}
    return [{"op": op, "path": path, **given, **more}]


@pytest.fixture(name="patch")
def patch_fixture():
    return patch

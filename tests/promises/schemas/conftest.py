"""What the tests of EventBridge Schemas share: a client, documents, and schemas made in one line."""

import json

import pytest


@pytest.fixture
def schemas(client):
    return client("schemas")


@pytest.fixture
def document():
    """``document("name", "age")``: an OpenAPI 3 schema with these text properties."""

    def write(*names):
        properties = {name: {"type": "string"} for name in names}
        event = {"type": "object", "properties": properties}
        info = {"version": "1.0.0", "title": "Event"}
        components = {"schemas": {"Event": event}}
        return json.dumps({"openapi": "3.0.0", "info": info, "paths": {}, "components": components})

    return write


@pytest.fixture
def schema(schemas, document):
    """``await schema("order", "id", "price")`` in the registry ``shop``, which is there afterwards."""

    async def create(name="order", *properties, **more):
        registries = await schemas.list_registries(Scope="LOCAL", RegistryNamePrefix="shop")
        if not registries["Registries"]:
            await schemas.create_registry(RegistryName="shop")
        return await schemas.create_schema(
            RegistryName="shop", SchemaName=name, Type="OpenApi3", Content=document(*properties), **more
        )

    return create

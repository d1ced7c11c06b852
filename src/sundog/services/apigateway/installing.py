"""An API that a document describes, written into the store: over an empty API or over one that is there.

What is wrong with one of its parts does not stop the others: all errors are told at once.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from typing import Any, Final

from sundog.context import Context
from sundog.errors import AwsError, UnsupportedOperation
from sundog.lang.openapi import Api, Method, Model
from sundog.lang.openapi.api import MODEL_PREFIX, Values
from sundog.lang.openapi.schemas import with_references
from sundog.services.apigateway.authorizers import add_authorizer
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.gateway_responses import STATUSES, new_gateway_response
from sundog.services.apigateway.installing_parts import install_parts
from sundog.services.apigateway.integration_rules import check_integration
from sundog.services.apigateway.integrations import new_integration
from sundog.services.apigateway.loading import delete_item, list_items, put_item, put_new, said
from sundog.services.apigateway.methods import add_method, check_models
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.models import add_model
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.resources import add_resource
from sundog.services.apigateway.responses import check_integration_response, new_integration_response
from sundog.store import Transaction

MODEL_URL: Final = "https://apigateway.amazonaws.com/restapis/{api_id}/models/{name}"


class Installation:
    """``errors`` and ``warnings`` grow while the parts of the API are written."""

    def __init__(self, ctx: Context, tx: Transaction, api_id: str) -> None:
        self.ctx = ctx
        self.tx = tx
        self.api_id = api_id
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.authorizers: dict[str, str] = {}
        self.validators: dict[str, str] = {}
        self.tree: dict[str, Item] = {}
        self.by_path: dict[str, Item] = {}

    async def run(self, described: Api, *, with_documentation: bool) -> None:
        self.warnings += described.warnings
        await self._models(described.models)
        for validator in described.validators:
            await self._validator(validator)
        await self._authorizers(described.authorizers)
        await self._load_tree()
        for path in described.paths:
            await self._try(f"Unable to create resource at path '{path}'", self._resource(path))
        for method in described.methods:
            if method.path in self.by_path:
                await self._method(method)
        for response in described.gateway_responses:
            kind = response["responseType"]
            await self._try(f"Unable to put gateway response '{kind}'", self._gateway_response(response))
        if with_documentation:
            step = install_parts(self.ctx, self.tx, self.api_id, described.documentation)
            await self._try("Unable to create documentation parts", step)

    async def _try(self, what: str, step: Awaitable[Any]) -> Any:
        """What ``step`` gives; its error becomes one of the import's."""
        try:
            return await step
        except UnsupportedOperation:
            raise
        except AwsError as error:
            self.errors.append(f"{what}: {error.message}")
            return None

    # Models, validators, authorizers

    async def _models(self, models: tuple[Model, ...]) -> None:
        coming = {model.name for model in models}
        for model in models:
            schema = with_references(model.schema, self._model_url)
            asked = {
                "name": model.name,
                "contentType": "application/json",
                "schema": json.dumps(schema, indent=2, separators=(",", " : "), ensure_ascii=False),
            }
            step = add_model(self.ctx, self.tx, self.api_id, asked, coming)
            await self._try(f"Unable to create model for '{model.name}'", step)

    def _model_url(self, reference: str) -> str:
        if not reference.startswith(MODEL_PREFIX):
            return reference
        return MODEL_URL.format(api_id=self.api_id, name=reference.removeprefix(MODEL_PREFIX))

    async def _validator(self, asked: Values) -> None:
        """Known by its name: an import over an API changes the one of this name."""
        known = await self._by_name("request_validator")
        old = known.get(asked["name"])
        id = old.id if old is not None else new_id(self.ctx.ids)
        await put_new(self.ctx, self.tx, "request_validator", id, {"id": id, **asked}, owner=self.api_id)
        self.validators[asked["name"]] = id

    async def _authorizers(self, authorizers: tuple[Values, ...]) -> None:
        known = await self._by_name("authorizer")
        self.authorizers = {name: item.id for name, item in known.items()}
        for asked in authorizers:
            what = f"Unable to create authorizer '{asked['name']}'"
            await self._try(what, self._authorizer(asked, known.get(asked["name"])))

    async def _authorizer(self, asked: Values, old: Item | None) -> None:
        """An authorizer of the same name keeps its id: other methods may go by it."""
        if old is not None:
            await delete_item(self.ctx, self.tx, old)
        body = await add_authorizer(self.ctx, self.tx, self.api_id, {"type": "", **asked})
        if old is not None:
            item = Item(self.ctx.scope, "authorizer", body["id"], body, self.api_id)
            await delete_item(self.ctx, self.tx, item)
            body = {**body, "id": old.id}
            await put_new(self.ctx, self.tx, "authorizer", old.id, body, owner=self.api_id)
        self.authorizers[asked["name"]] = body["id"]

    async def _by_name(self, kind: Any) -> Mapping[str, Item]:
        items = await list_items(self.tx, self.ctx.scope, kind, self.api_id)
        return {item.body["name"]: item for item in items}

    # Resources and methods

    async def _load_tree(self) -> None:
        for item in await list_items(self.tx, self.ctx.scope, "resource", self.api_id):
            self._remember(item)

    def _remember(self, item: Item) -> None:
        self.tree[item.id] = item
        self.by_path[item.body["path"]] = item

    async def _resource(self, path: str) -> None:
        """The resource of a path, and those above it."""
        parent, above = self.by_path["/"], ""
        for part in path.removeprefix("/").split("/") if path != "/" else ():
            above = f"{above}/{part}"
            if above not in self.by_path:
                added = await add_resource(self.ctx, self.tx, self.api_id, self.tree, parent, part)
                self._remember(added)
            parent = self.by_path[above]

    async def _method(self, method: Method) -> None:
        resource, name, path = self.by_path[method.path], method.http_method, method.path
        asked = {**method.values, **self._named(method)}
        step = add_method(self.ctx, self.tx, self.api_id, resource.id, name, asked)
        body = await self._try(f"Unable to put method '{name}' on resource at path '{path}'", step)
        if body is None:
            return
        for status, response in method.responses.items():
            what = f"Unable to put response '{status}' on method '{name}' for resource at path '{path}'"
            await self._try(what, self._response(body, status, response))
        if method.integration is not None:
            what = f"Unable to put integration on '{name}' for resource at path '{path}'"
            await self._try(what, self._integration(resource, body, method.integration))
        if "methodIntegration" in body:
            for response in method.integration_responses:
                what = f"Unable to put integration response on '{name}' for resource at path '{path}'"
                await self._try(what, self._integration_response(body, response))
        item = Item(self.ctx.scope, "method", f"{resource.id}/{name}", body, self.api_id)
        await put_item(self.ctx, self.tx, item)

    def _named(self, method: Method) -> Body:
        """The ids of the authorizer and the validator that the document names."""
        ids: Body = {}
        if method.authorizer:
            ids["authorizerId"] = self.authorizers.get(method.authorizer, "")
        if method.validator and method.validator in self.validators:
            ids["requestValidatorId"] = self.validators[method.validator]
        elif method.validator:
            self.warnings.append(f"Request validator '{method.validator}' not found. Ignoring.")
        return ids

    async def _response(self, method: Body, status: str, asked: Values) -> None:
        await check_models(self.ctx, self.tx, self.api_id, asked.get("responseModels", {}))
        response = {"statusCode": status, **said(asked, "responseParameters", "responseModels")}
        method["methodResponses"] = {**method.get("methodResponses", {}), status: response}

    async def _integration(self, resource: Item, method: Body, asked: Values) -> None:
        integration = new_integration(resource.id, {"type": "", **asked})
        check_integration(integration, method)
        method["methodIntegration"] = integration

    async def _integration_response(self, method: Body, asked: Values) -> None:
        status = asked.get("statusCode", "")
        if not (status.isdigit() and len(status) == 3):
            raise BadRequestException("Invalid Response status code specified")
        response = new_integration_response(status, asked)
        check_integration_response(response, method)
        integration = method["methodIntegration"]
        integration["integrationResponses"] = {
            **integration.get("integrationResponses", {}),
            status: response,
        }

    async def _gateway_response(self, asked: Values) -> None:
        kind = asked["responseType"]
        if kind not in STATUSES:
            raise BadRequestException("Invalid gateway response type specified")
        body = new_gateway_response(kind, asked)
        await put_new(self.ctx, self.tx, "gateway_response", kind, body, owner=self.api_id)

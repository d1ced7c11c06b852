"""Promises about the tree of resources, methods, their responses and integrations."""

import pytest


async def test_renaming_a_resource_renames_all_paths_below(api, patch):
    pets = await api.path("pets")
    pet = await api.path("{id}", pets)
    toys = await api.path("toys", pet)
    await api.update_resource(resourceId=pets, patchOperations=patch("replace", "/pathPart", "dogs"))
    assert (await api.get_resource(resourceId=toys))["path"] == "/dogs/{id}/toys"


async def test_moving_a_resource_moves_all_paths_below(api, patch):
    pets, shop = await api.path("pets"), await api.path("shop")
    pet = await api.path("{id}", pets)
    await api.update_resource(resourceId=pets, patchOperations=patch("replace", "/parentId", shop))
    assert (await api.get_resource(resourceId=pet))["path"] == "/shop/pets/{id}"


async def test_deleting_a_resource_deletes_all_below_and_their_methods(api, refused):
    pets = await api.path("pets")
    pet = await api.path("{id}", pets)
    await api.mock(pet)
    await api.delete_resource(resourceId=pets)
    assert [item["path"] for item in (await api.get_resources())["items"]] == ["/"]
    with refused("NotFoundException", "Invalid Resource identifier specified"):
        await api.get_method(resourceId=pet, httpMethod="GET")


@pytest.mark.parametrize("part", ["a/b", "a b", "{a", "a}", "{a}{b}", "é", "{+}", ""])
async def test_a_path_part_has_a_form(api, refused, part):
    message = (
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at"
        " the beginning and the end."
    )
    with refused("BadRequestException", message):
        await api.path(part)


async def test_the_root_stays(api, refused):
    with refused("BadRequestException", "Cannot delete root resource."):
        await api.delete_resource(resourceId=api.root)


async def test_resources_show_the_names_of_their_methods_or_all_that_is_in_them(api):
    at = await api.mock()
    await api.put_method_response(**at, statusCode="200")
    await api.put_integration_response(**at, statusCode="200", selectionPattern="")
    plain = (await api.get_resources())["items"][0]
    assert plain["resourceMethods"] == {"GET": {}}
    method = (await api.get_resource(resourceId=api.root, embed=["methods"]))["resourceMethods"]["GET"]
    assert method["methodResponses"] == {"200": {"statusCode": "200"}}
    assert method["methodIntegration"]["integrationResponses"]["200"]["selectionPattern"] == ""


async def test_an_api_has_300_resources_at_most(api, refused, monkeypatch):
    monkeypatch.setattr("sundog.services.apigateway.limits.RESOURCES_MAX", 3)
    await api.path("a")
    await api.path("b")
    with pytest.raises(Exception, match="Maximum number of resources"):
        await api.path("c")


# Methods


async def test_a_method_is_put_once(api, refused):
    await api.mock()
    with refused("ConflictException", "Method already exists for this resource"):
        await api.put_method(resourceId=api.root, httpMethod="GET", authorizationType="NONE")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"requestModels": {"application/json": "No"}}, "Invalid model identifier specified: No"),
        ({"requestValidatorId": "no"}, "Invalid Request Validator identifier specified"),
        (
            {"authorizationType": "CUSTOM", "authorizerId": "no"},
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS"
            " requires a valid authorizer.",
        ),
        (
            {"requestParameters": {"method.request.body.x": True}},
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid"
            " mapping expression specified: method.request.body.x]",
        ),
    ],
)
async def test_what_a_method_refers_to_is_there(api, refused, asked, message):
    asked = {"authorizationType": "NONE", **asked}
    with refused("BadRequestException", message):
        await api.put_method(resourceId=api.root, httpMethod="GET", **asked)


async def test_the_parameters_of_a_method_are_patched_one_by_one(api, patch, refused):
    at = await api.mock(requestParameters={"method.request.header.a": True})
    added = await api.update_method(
        **at, patchOperations=patch("add", "/requestParameters/method.request.querystring.q", "true")
    )
    assert added["requestParameters"] == {
        "method.request.header.a": True,
        "method.request.querystring.q": True,
    }
    left = await api.update_method(
        **at, patchOperations=patch("remove", "/requestParameters/method.request.header.a")
    )
    assert left["requestParameters"] == {"method.request.querystring.q": True}
    with refused("NotFoundException", "Invalid parameter name specified"):
        await api.update_method(
            **at, patchOperations=patch("remove", "/requestParameters/method.request.header.a")
        )


async def test_an_authorizer_is_shown_only_where_it_is_asked(api, patch):
    authorizer = await api.create_authorizer(
        name="a",
        type="COGNITO_USER_POOLS",
        providerARNs=["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_x"],
        identitySource="method.request.header.Authorization",
    )
    at = await api.mock()
    named = await api.update_method(**at, patchOperations=patch("replace", "/authorizerId", authorizer["id"]))
    assert "authorizerId" not in named
    asked = await api.update_method(
        **at, patchOperations=patch("replace", "/authorizationType", "COGNITO_USER_POOLS")
    )
    assert asked["authorizerId"] == authorizer["id"]


async def test_a_deleted_method_is_gone_with_its_integration(api, refused):
    at = await api.mock()
    await api.delete_method(**at)
    with refused("NotFoundException", "Invalid Method identifier specified"):
        await api.get_method(**at)
    with refused("NotFoundException", "Invalid Integration identifier specified"):
        await api.get_integration(**at)


# Responses and integrations


async def test_a_response_is_put_once_and_patched(api, patch, refused):
    at = {**await api.mock(), "statusCode": "200"}
    await api.put_method_response(**at, responseParameters={"method.response.header.a": False})
    with refused("ConflictException", "Response already exists for this resource"):
        await api.put_method_response(**at)
    body = await api.update_method_response(
        **at,
        patchOperations=patch("replace", "/responseParameters/method.response.header.a", "true")
        + patch("add", "/responseModels/application~1json", "Empty"),
    )
    assert body["responseParameters"] == {"method.response.header.a": True}
    assert body["responseModels"] == {"application/json": "Empty"}
    await api.delete_method_response(**at)
    with refused("NotFoundException", "Invalid Response status code specified"):
        await api.get_method_response(**at)


async def test_only_declared_headers_are_mapped(api, refused):
    at = {**await api.mock(), "statusCode": "200"}
    mapped = {"method.response.header.a": "'1'"}
    prefix = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
    with refused("BadRequestException", f"{prefix}[No method response exists for method.]"):
        await api.put_integration_response(**at, responseParameters=mapped)
    await api.put_method_response(**at)
    undeclared = "Invalid mapping expression parameter specified: method.response.header.a"
    with refused("BadRequestException", f"{prefix}[{undeclared}]"):
        await api.put_integration_response(**at, responseParameters=mapped)
    await api.delete_method_response(**at)
    await api.put_method_response(**at, responseParameters={"method.response.header.a": False})
    with refused("BadRequestException", f"{prefix}[Invalid mapping expression specified: *]"):
        await api.put_integration_response(**at, responseParameters={"method.response.header.a": "*"})
    await api.put_integration_response(**at, responseParameters=mapped)


async def test_integration_responses_are_patched_and_deleted_by_status(api, patch, refused):
    at = await api.mock()
    for status in ("200", "404"):
        await api.put_integration_response(**at, statusCode=status, responseTemplates={"text/plain": "a"})
    body = await api.update_integration_response(
        **at,
        statusCode="404",
        patchOperations=patch("replace", "/selectionPattern", "4\\d\\d")
        + patch("replace", "/responseTemplates/text~1plain", ""),
    )
    assert (body["selectionPattern"], body["responseTemplates"]) == ("4\\d\\d", {"text/plain": None})
    await api.delete_integration_response(**at, statusCode="200")
    assert set((await api.get_integration(**at))["integrationResponses"]) == {"404"}


async def test_replacing_an_integration_keeps_its_responses(api):
    at = await api.mock()
    await api.put_integration_response(**at, statusCode="200")
    await api.put_integration(**at, type="HTTP", integrationHttpMethod="GET", uri="http://example.com")
    integration = await api.get_integration(**at)
    assert (integration["type"], integration["connectionType"]) == ("HTTP", "INTERNET")
    assert set(integration["integrationResponses"]) == {"200"}


async def test_an_integration_is_patched(api, patch):
    at = await api.mock(requestParameters={"method.request.querystring.q": False})
    body = await api.update_integration(
        **at,
        patchOperations=patch("replace", "/timeoutInMillis", "1000")
        + patch("add", "/requestTemplates/application~1xml")
        + patch("add", "/cacheKeyParameters/method.request.querystring.q")
        + patch("replace", "/passthroughBehavior", "NEVER"),
    )
    assert body["timeoutInMillis"] == 1_000
    assert body["requestTemplates"]["application/xml"] is None
    assert body["cacheKeyParameters"] == ["method.request.querystring.q"]
    assert body["passthroughBehavior"] == "NEVER"


async def test_a_deleted_integration_leaves_the_method(api, refused):
    at = await api.mock()
    await api.delete_integration(**at)
    assert "methodIntegration" not in await api.get_method(**at)
    with refused("BadRequestException", "No integration defined for method"):
        await api.deploy()

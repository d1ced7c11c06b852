"""Promises about API keys that come from a table."""

import pytest

VALUE = "apikey1234abcdefghij0123456789"


@pytest.fixture
def import_keys(gateway):
    async def run(text, **more):
        return await gateway.import_api_keys(body=text, format="csv", **more)

    return run


async def test_keys_are_imported_into_their_plans(gateway, import_keys):
    plans = [(await gateway.create_usage_plan(name=name))["id"] for name in ("a", "b")]
    answer = await import_keys(
        "Name,key,description,Enabled,usageplanIds\n"
        f'first,{VALUE},"with, comma",TRUE,"{plans[0]}, {plans[1]}"\n'
        f"second,{VALUE}2,,false,\n"
    )
    first, second = [await gateway.get_api_key(apiKey=id, includeValue=True) for id in answer["ids"]]
    assert (first["name"], first["value"], first["description"]) == ("first", VALUE, "with, comma")
    assert (first["enabled"], second["enabled"]) == (True, False)
    for plan in plans:
        (key,) = (await gateway.get_usage_plan_keys(usagePlanId=plan))["items"]
        assert key["id"] == first["id"]


async def test_columns_may_come_in_any_order_and_blank_lines_do_not_count(import_keys):
    assert len((await import_keys(f"\ufeffKEY , name\n\n{VALUE},a\n"))["ids"]) == 1


async def test_a_key_that_is_there_is_changed(gateway, import_keys):
    plan = (await gateway.create_usage_plan(name="a"))["id"]
    first = await import_keys(f"name,key,description,usageplanids\nold,{VALUE},what,{plan}\n")
    second = await import_keys(f"name,key,enabled,usageplanids\nnew,{VALUE},FALSE,{plan}\n")
    assert second["ids"] == first["ids"]
    key = await gateway.get_api_key(apiKey=first["ids"][0])
    assert (key["name"], key["description"], key["enabled"]) == ("new", "what", False)


async def test_plans_may_stand_in_single_quotes(gateway, import_keys):
    plans = [(await gateway.create_usage_plan(name=name))["id"] for name in ("a", "b")]
    await import_keys(f"usageplanids,name,other,key\n'{plans[0]},{plans[1]}',it's,ignored,{VALUE}\n")
    for plan in plans:
        (key,) = (await gateway.get_usage_plan_keys(usagePlanId=plan))["items"]
        assert key["name"] == "it's"


async def test_a_line_that_is_no_key_is_a_warning(gateway, import_keys, refused):
    text = f"name,key\nshort,abc\nfine,{VALUE}\nnone\n"
    warnings = [
        "Line 2: API Key value should be at least 20 characters",
        "Line 4: API Key value must be specified",
    ]
    with refused("BadRequestException", "; ".join(warnings)):
        await import_keys(text, failOnWarnings=True)
    assert (await gateway.get_api_keys())["items"] == []
    answer = await import_keys(text)
    assert (len(answer["ids"]), answer["warnings"]) == (1, warnings)


async def test_a_key_of_a_plan_that_is_not_there_is_not_made(gateway, import_keys):
    answer = await import_keys(f"name,key,usageplanids\na,{VALUE},nope\n")
    assert answer["warnings"] == ["Line 2: Invalid Usage Plan ID specified"]
    assert (await gateway.get_api_keys())["items"] == []


@pytest.mark.parametrize("text", ["other\n1", "name\nfirst", "key\nabc"])
async def test_a_table_without_names_and_keys_is_refused(import_keys, refused, text):
    missing = [name for name in ("name", "key") if name not in text]
    with refused("BadRequestException", f"Missing required column(s) in the CSV file: {', '.join(missing)}"):
        await import_keys(text)


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b'name,key\n"open'])
async def test_what_is_no_table_is_refused(import_keys, refused, text):
    with refused("BadRequestException", "Invalid CSV file provided"):
        await import_keys(text)

"""Versions and aliases of machines."""

import json

PASS = {"A": {"Type": "Pass", "End": True}}


def definition(comment):
    return json.dumps({"Comment": comment, "StartAt": "A", "States": PASS})


async def test_publishing_the_same_revision_again_gives_the_same_version(sfn, machine):
    arn = await machine(PASS)
    first = await sfn.publish_state_machine_version(stateMachineArn=arn)
    again = await sfn.publish_state_machine_version(stateMachineArn=arn)
    assert first["stateMachineVersionArn"] == again["stateMachineVersionArn"] == f"{arn}:1"


async def test_a_version_stays_as_it_was_when_its_machine_changes(sfn, machine):
    arn = await machine(PASS, publish=True, versionDescription="first")
    await sfn.update_state_machine(stateMachineArn=arn, definition=definition("new"))
    version = await sfn.describe_state_machine(stateMachineArn=f"{arn}:1")
    assert json.loads(version["definition"]) == {"StartAt": "A", "States": PASS}
    assert version["description"] == "first"
    assert version["stateMachineArn"] == f"{arn}:1"


async def test_the_number_of_a_deleted_version_is_never_used_again(sfn, machine):
    arn = await machine(PASS, publish=True)
    await sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")
    published = await sfn.publish_state_machine_version(stateMachineArn=arn)
    assert published["stateMachineVersionArn"] == f"{arn}:2"


async def test_versions_are_listed_newest_first_page_by_page(sfn, machine):
    arn = await machine(PASS, publish=True)
    for comment in "bc":
        await sfn.update_state_machine(stateMachineArn=arn, definition=definition(comment), publish=True)
    page = await sfn.list_state_machine_versions(stateMachineArn=arn, maxResults=2)
    rest = await sfn.list_state_machine_versions(stateMachineArn=arn, nextToken=page["nextToken"])
    listed = page["stateMachineVersions"] + rest["stateMachineVersions"]
    assert [v["stateMachineVersionArn"] for v in listed] == [f"{arn}:{n}" for n in (3, 2, 1)]
    assert "nextToken" not in rest


async def test_publishing_another_revision_than_the_current_one_is_a_conflict(sfn, machine, refusal):
    arn = await machine(PASS)
    code, message = await refusal(sfn.publish_state_machine_version(stateMachineArn=arn, revisionId="other"))
    assert code == "ConflictException"
    assert message.startswith("Failed to publish the State Machine version for revision other.")


async def test_an_alias_leads_executions_to_its_version(sfn, machine, run):
    arn = await machine({"A": {"Type": "Pass", "Result": "old", "End": True}}, publish=True)
    routes = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = await sfn.create_state_machine_alias(name="live", routingConfiguration=routes)
    await sfn.update_state_machine(stateMachineArn=arn, definition=definition("new"))
    ended = await run(alias["stateMachineAliasArn"])
    assert ended["output"] == '"old"'
    assert ended["stateMachineAliasArn"] == f"{arn}:live"
    assert ended["stateMachineVersionArn"] == f"{arn}:1"


async def test_weights_of_an_alias_must_add_up_to_100(sfn, machine, refusal):
    arn = await machine(PASS, publish=True)
    await sfn.update_state_machine(stateMachineArn=arn, definition=definition("b"), publish=True)
    routes = [{"stateMachineVersionArn": f"{arn}:{n}", "weight": 40} for n in (1, 2)]
    code, message = await refusal(sfn.create_state_machine_alias(name="live", routingConfiguration=routes))
    assert (code, message) == (
        "ValidationException",
        "Sum of routing configuration weights must equal 100. Received: [40, 40]",
    )


async def test_a_version_that_an_alias_leads_to_cannot_be_deleted(sfn, machine, refusal):
    arn = await machine(PASS, publish=True)
    routes = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    await sfn.create_state_machine_alias(name="live", routingConfiguration=routes)
    code, message = await refusal(sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1"))
    assert code == "ConflictException"
    assert message.endswith("Current list of aliases referencing this version: [live]")


async def test_versions_and_aliases_go_with_their_machine(sfn, machine):
    arn = await machine(PASS, publish=True)
    routes = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    await sfn.create_state_machine_alias(name="live", routingConfiguration=routes)
    await sfn.delete_state_machine(stateMachineArn=arn)
    await machine(PASS)
    assert (await sfn.list_state_machine_versions(stateMachineArn=arn))["stateMachineVersions"] == []
    assert (await sfn.list_state_machine_aliases(stateMachineArn=arn))["stateMachineAliases"] == []


async def test_executions_are_listed_by_the_version_that_ran(sfn, machine, run):
    arn = await machine(PASS, publish=True)
    await run(arn)
    ended = await run(f"{arn}:1")
    listed = (await sfn.list_executions(stateMachineArn=f"{arn}:1"))["executions"]
    assert [execution["executionArn"] for execution in listed] == [ended["executionArn"]]

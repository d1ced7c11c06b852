"""State machines: names, definitions, updates, what is refused and in which words."""

import json

PASS = {"P": {"Type": "Pass", "End": True}}
ROLE = "arn:aws:iam::000000000000:role/machine"


def definition(states):
    return json.dumps({"StartAt": next(iter(states)), "States": states})


async def test_creating_the_same_machine_again_answers_the_first(sfn, machine):
    first = await machine(PASS)
    assert await machine(PASS) == first
    assert len((await sfn.list_state_machines())["stateMachines"]) == 1


async def test_another_definition_under_the_same_name_is_refused(machine, refusal):
    arn = await machine(PASS)
    code, message = await refusal(machine({"Q": {"Type": "Succeed"}}))
    assert (code, message) == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


async def test_a_definition_without_its_first_state_is_refused_with_the_diagnostic(sfn, refusal):
    text = json.dumps({"StartAt": "X", "States": PASS})
    code, message = await refusal(sfn.create_state_machine(name="m", definition=text, roleArn=ROLE))
    assert code == "InvalidDefinition"
    assert message.startswith("Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET")


async def test_an_update_is_what_the_next_execution_runs(sfn, machine, run):
    arn = await machine(PASS)
    await sfn.update_state_machine(
        stateMachineArn=arn, definition=definition({"R": {"Type": "Pass", "Result": 7, "End": True}})
    )
    assert (await run(arn))["output"] == "7"


async def test_an_update_of_nothing_is_refused(sfn, machine, refusal):
    arn = await machine(PASS)
    code, _ = await refusal(sfn.update_state_machine(stateMachineArn=arn))
    assert code == "MissingRequiredParameter"


async def test_a_deleted_machine_is_not_there(sfn, machine, refusal):
    arn = await machine(PASS)
    await sfn.delete_state_machine(stateMachineArn=arn)
    code, message = await refusal(sfn.start_execution(stateMachineArn=arn))
    assert (code, message) == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


async def test_machines_are_listed_in_pages(sfn, machine):
    for name in "abc":
        await machine(PASS, name=name)
    first = await sfn.list_state_machines(maxResults=2)
    rest = await sfn.list_state_machines(nextToken=first["nextToken"])
    assert [one["name"] for one in (*first["stateMachines"], *rest["stateMachines"])] == ["a", "b", "c"]
    assert "nextToken" not in rest


async def test_validation_says_what_is_wrong_and_where(sfn):
    text = definition({"W": {"Type": "Wait", "End": True}})
    found = await sfn.validate_state_machine_definition(definition=text)
    assert found["result"] == "FAIL"
    assert found["diagnostics"][0]["location"].startswith("/States/W")

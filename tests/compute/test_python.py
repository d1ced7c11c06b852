"""Python functions in real environments."""


async def test_a_function_answers_what_its_handler_returns(yard):
    spec = yard.python("def handler(event, context):\n    return {'got': event}\n")
    ran = await yard.invoke(spec, {"a": 1})
    assert ran.outcome.function_error is None
    assert ran.value == {"got": {"a": 1}}
    again = await yard.invoke(spec, 5)
    assert again.value == {"got": 5}
    print(yard.log(spec))

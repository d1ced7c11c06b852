"""The heart of Step Functions: what an execution does next, as a pure step from state and event to state.

`Execution` is everything there is to know of one, as JSON; `Run` takes it further by one event and says
which history events that gave and which actions it asks for. No store, no clock, no other service.
"""

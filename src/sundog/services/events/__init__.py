"""EventBridge: buses, rules, targets, schedules, and the way of an event from one to the other.

Promised: an event whose PutEvents was answered reaches every target of every rule it satisfies at least once,
tried again as AWS does, through crashes, or the target's dead-letter queue; a schedule fires once an
occurrence.
Patterns, schedules, input templates and refusals are AWS's. Policies of buses are evaluated for other
accounts.
Why an event went nowhere is told by `sundog why`.
Targets of services that sundog lacks are taken in by PutTargets and told as failures when an event comes.

Archives keep what their managed rule lets in, and replays go on where they stood after a crash. Connections
keep secrets to themselves (there is no Secrets Manager here); API destinations are called in their rate, with
the retries that their answers ask for, and by other services through `sundog.bus.invoke_connection`. Global
endpoints are configuration only; of partner event sources there are none.
"""

"""Amazon EventBridge Scheduler: schedule groups and schedules that call one target each.

Promised: an occurrence fires once. The row of the next occurrence is written in the transaction that fires
this one, so neither a restart nor kill -9 repeats or loses any; what was missed while the server was down is
caught up, unless it is older than the maximum age of the target's events. Calls are at least once, as on AWS.

Left out: templated targets of services that sundog has not (ECS, CodeBuild, CodePipeline, SageMaker,
Inspector, Firehose) are refused by name when a schedule is made.
"""

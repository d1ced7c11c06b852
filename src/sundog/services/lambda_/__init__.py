"""Lambda: functions, versions, aliases, layers, invocation, asynchronous events and event source mappings.

Promised: an event answered with 202 is invoked at least once and retried as AWS does, through crashes; its
outcome reaches destinations and dead-letter queues. Messages of a mapped queue are deleted only after the
function has taken them. Configuration, limits and error texts are AWS's.
A configuration may name a VPC, a key or tracing: it is kept and shown, functions run as without.
Left out, refused by name: code from S3, container images, file systems, functions that stream their response,
recursion detection, sources other than SQS, durable functions, capacity providers.
"""

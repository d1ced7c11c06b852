"""Lambda: functions, versions, aliases, layers, invocation, asynchronous events and event source mappings.

Promised: an event answered with 202 is invoked at least once and retried as AWS does, through crashes; its
outcome reaches destinations and dead-letter queues. Messages of a mapped queue are deleted only after the
function has taken them; records of a stream are passed only when the function has taken them or they were
given up, in order, and the places where reading goes on outlive everything. Responses stream as they are
written. Configuration, limits and error texts are AWS's.
Streams: any that a service opens (`sundog.bus.stream_source`), and Kafka where aiokafka is installed.
A configuration may name a key or tracing: it is kept and shown, functions run as without.
Left out, refused by name: code from S3 but folders of this machine, file systems, buckets as destinations,
MQ and DocumentDB as sources, Kafka with credentials or schema registries, encrypted filters, durable
functions, capacity providers.
"""

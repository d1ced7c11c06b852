"""Amazon EventBridge Pipes: from a source through a filter and an enrichment to a target.

Promised: a message leaves its queue only after the target has taken it, or when no filter wants it; what
fails comes back with the queue's own visibility timeout. A shard of a stream is read by one node at a time,
and its checkpoint moves only after the target. Both hold when this process is killed.

Left out, and refused by name: sources that sundog has not (any stream registered with `StreamSources` is one
that it has), Kafka and MQ; targets of services that sundog has not; logs to Firehose and S3.
"""

"""Amazon EventBridge Pipes: from a source through a filter and an enrichment to a target.

Promised: a message leaves its queue only after the target has taken it, or when no filter wants it; what
fails comes back with the queue's own visibility timeout, also when this process is killed.

Left out, and refused by name: sources other than queues (Kinesis, DynamoDB, Kafka, MQ), targets and
enrichments of services that sundog has not, logs to Firehose and S3.
"""

"""CloudWatch Logs: groups, streams, events, metric filters and subscription filters.

Promised: events are durable when PutLogEvents answers, are read in the order of their timestamps, expire with
their group's retention, and reach matching metric filters and subscription filters at least once.
Left out, refused by name: export and import tasks, transformers, anomaly detectors, account and data
protection policies, field indexes, deliveries, S3 table integrations, live tail, and running
Logs Insights queries (their definitions are kept).
"""

"""CloudWatch Logs: groups, streams, events, metric filters and subscription filters.

Promised: events are durable when PutLogEvents answers, are read in the order of their timestamps, expire with
their group's retention, and reach matching metric filters and subscription filters at least once.
Logs Insights queries run as durable work: a started query ends, also when the server is killed meanwhile.
Left out, refused by name: export and import tasks, transformers, anomaly detectors, account and data
protection policies, field indexes, deliveries, S3 table integrations, live tail, scheduled queries, lookup
tables; of queries the languages SQL and PPL, the commands that find patterns and anomalies (pattern, diff,
anomaly), join records (join, lookup, unnest, expand) or need a data protection policy (unmask).
"""

"""Step Functions: machines, versions, aliases, activities, and executions in both query languages.

Promised: an execution whose start was answered goes on to its end through crashes; a step is done wholly or
not at all, a task at least once; waits, time-outs and retries follow the one clock. History is AWS's,
event by event. Express executions whose caller waits run in memory. Beyond AWS: an execution is drawn, and
done again from any of its events.
Left out, refused by name when a task names them: integrations of services that sundog has not (S3 of
distributed Maps among them, until it is there); items in Parquet.
"""

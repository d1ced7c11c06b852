"""Step Functions: machines, versions, aliases, activities, and executions in both query languages.

Promised: an execution whose start was answered goes on to its end through crashes; a step is done wholly or
not at all, a task at least once; waits, time-outs and retries follow the one clock. History is AWS's,
event by
event. Express executions whose caller waits run in memory.
Left out, refused by name: distributed Map and its runs, redriving, HTTP tasks, integrations of services that
sundog has not.
"""

"""Amazon SQS: all 23 operations, in the JSON 1.0 and in the old query protocol, standard and FIFO queues.

Promised: an answered send is kept until it is deleted, purged or expired, and is in exactly one queue,
wherever the process dies. Standard queues deliver at least once, about in order; FIFO queues in order per
group and once per deduplication window. A long poll answers as soon as a message can be received.

Left out: encryption (the attributes are kept, bodies are not encrypted), the fairness of fair queues (group
ids are kept, the order is that of arrival), and the policies of queues, which the authorize step will read.
"""

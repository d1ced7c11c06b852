"""SNS: topics, subscriptions, messages and their delivery to queues, functions, URLs, mailboxes, telephones.

Promised: a message whose Publish was answered reaches every confirmed subscriber that wants it at least once,
tried again as AWS does, through crashes, or the subscription's dead-letter queue. FIFO topics keep the order
of a group, take the same message in once in five minutes, and archive what subscriptions may have replayed.
Notifications are signed as AWS signs them. Mails, text messages and push notifications are kept for the user
to read; only mails leave the machine, to the SMTP server the user names, if any.
Policies and KMS keys are kept and shown; data protection policies too. Left out, refused by name: delivery
streams (firehose).
"""

"""CloudWatch: metrics and their statistics, metric math, alarms and dashboards.

Promised: an answered PutMetricData is kept as long as AWS keeps it (3 hours a second, 15 days a minute, 63
days five minutes, 455 days an hour); an alarm is evaluated by the clock, and every change of its state is
recorded with what its actions did.

Left out, refused by name: anomaly detection, insight rules, metric streams, mute rules, log alarms, telemetry
enrichment, images of graphs. Actions of alarms reach topics and functions; any other is recorded as failed in
the alarm's history. Changes of state are not yet events of EventBridge. Percentiles are exact up to four
significant digits.
"""

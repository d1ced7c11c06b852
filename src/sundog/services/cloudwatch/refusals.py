"""What CloudWatch has and sundog has not, with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_ANOMALIES = "Use an alarm with a fixed threshold."
_INSIGHTS = "Query the log groups, or put the figures as metrics."
_STREAMS = "Read metrics with GetMetricData."
_MUTING = "Use DisableAlarmActions and EnableAlarmActions."
_TELEMETRY = "Put metrics with PutMetricData."
_DEFINITIONS = "Keep the queries with your code and send them to GetMetricData."

REFUSED: Mapping[str, str] = {
    "AssociateDatasetKmsKey": _TELEMETRY,
    "CreateResourceMetricsConfiguration": _TELEMETRY,
    "DeleteAlarmMuteRule": _MUTING,
    "DeleteAnomalyDetector": _ANOMALIES,
    "DeleteInsightRules": _INSIGHTS,
    "DeleteMetricDataQueryDefinition": _DEFINITIONS,
    "DeleteMetricStream": _STREAMS,
    "DeleteResourceMetricsConfiguration": _TELEMETRY,
    "DescribeAlarmContributors": "Use one alarm for each metric.",
    "DescribeAnomalyDetectors": _ANOMALIES,
    "DescribeInsightRules": _INSIGHTS,
    "DisableInsightRules": _INSIGHTS,
    "DisassociateDatasetKmsKey": _TELEMETRY,
    "EnableInsightRules": _INSIGHTS,
    "GetAlarmMuteRule": _MUTING,
    "GetDataset": _TELEMETRY,
    "GetInsightRuleReport": _INSIGHTS,
    "GetMetricDataQueryDefinition": _DEFINITIONS,
    "GetMetricStream": _STREAMS,
    "GetMetricWidgetImage": "Draw the answer of GetMetricData.",
    "GetOTelEnrichment": _TELEMETRY,
    "GetResourceMetricsConfiguration": _TELEMETRY,
    "ListAlarmMuteRules": _MUTING,
    "ListManagedInsightRules": _INSIGHTS,
    "ListMetricDataQueryDefinitions": _DEFINITIONS,
    "ListMetricStreams": _STREAMS,
    "PutAlarmMuteRule": _MUTING,
    "PutAnomalyDetector": _ANOMALIES,
    "PutInsightRule": _INSIGHTS,
    "PutLogAlarm": "Use a metric filter and an alarm on its metric.",
    "PutManagedInsightRules": _INSIGHTS,
    "PutMetricDataQueryDefinition": _DEFINITIONS,
    "PutMetricStream": _STREAMS,
    "StartMetricStreams": _STREAMS,
    "StartOTelEnrichment": _TELEMETRY,
    "StopMetricStreams": _STREAMS,
    "StopOTelEnrichment": _TELEMETRY,
    "UpdateOTelEnrichment": _TELEMETRY,
    "UpdateResourceMetricsConfiguration": _TELEMETRY,
}

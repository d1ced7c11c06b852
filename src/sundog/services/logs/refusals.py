"""What CloudWatch Logs has and sundog has not, with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

from sundog.context import Request
from sundog.errors import UnsupportedOperation

_QUERIES = "Run the query yourself with StartQuery."
_EXPORTS = "Read events with FilterLogEvents and store them yourself."
_DELIVERIES = "Use a subscription filter."
_ANOMALIES = "Use a metric filter and an alarm."
_POLICIES = "Set the policy of each log group."
_INDEXES = "Events are found without field indexes."
_TRANSFORMERS = "Transform events before PutLogEvents."
_TAIL = "Follow a group with FilterLogEvents, as sundog logs -f does."

REFUSED: Mapping[str, str] = {
    "AssociateSourceToS3TableIntegration": _EXPORTS,
    "CancelExportTask": _EXPORTS,
    "CancelImportTask": _EXPORTS,
    "CreateDelivery": _DELIVERIES,
    "CreateExportTask": _EXPORTS,
    "CreateImportTask": _EXPORTS,
    "CreateLogAnomalyDetector": _ANOMALIES,
    "CreateLookupTable": _QUERIES,
    "CreateScheduledQuery": _QUERIES,
    "DeleteAccountPolicy": _POLICIES,
    "DeleteDataProtectionPolicy": _POLICIES,
    "DeleteDelivery": _DELIVERIES,
    "DeleteDeliverySource": _DELIVERIES,
    "DeleteIndexPolicy": _INDEXES,
    "DeleteIntegration": _EXPORTS,
    "DeleteLogAnomalyDetector": _ANOMALIES,
    "DeleteLookupTable": _QUERIES,
    "DeleteScheduledQuery": _QUERIES,
    "DeleteSyslogConfiguration": _TRANSFORMERS,
    "DeleteTransformer": _TRANSFORMERS,
    "DescribeAccountPolicies": _POLICIES,
    "DescribeConfigurationTemplates": _DELIVERIES,
    "DescribeDeliveries": _DELIVERIES,
    "DescribeDeliverySources": _DELIVERIES,
    "DescribeExportTasks": _EXPORTS,
    "DescribeFieldIndexes": _INDEXES,
    "DescribeImportTaskBatches": _EXPORTS,
    "DescribeImportTasks": _EXPORTS,
    "DescribeIndexPolicies": _INDEXES,
    "DescribeLookupTables": _QUERIES,
    "DisassociateSourceFromS3TableIntegration": _EXPORTS,
    "GetDataProtectionPolicy": _POLICIES,
    "GetDelivery": _DELIVERIES,
    "GetDeliverySource": _DELIVERIES,
    "GetIntegration": _EXPORTS,
    "GetLogAnomalyDetector": _ANOMALIES,
    "GetLogFields": _QUERIES,
    "GetLogGroupFields": _QUERIES,
    "GetLogObject": _QUERIES,
    "GetLookupTable": _QUERIES,
    "GetScheduledQuery": _QUERIES,
    "GetScheduledQueryHistory": _QUERIES,
    "GetStorageTierPolicy": _POLICIES,
    "GetTransformer": _TRANSFORMERS,
    "ListAggregateLogGroupSummaries": _POLICIES,
    "ListAnomalies": _ANOMALIES,
    "ListIntegrations": _EXPORTS,
    "ListLogAnomalyDetectors": _ANOMALIES,
    "ListLogGroupsForQuery": _QUERIES,
    "ListScheduledQueries": _QUERIES,
    "ListSourcesForS3TableIntegration": _EXPORTS,
    "ListSyslogConfigurations": _TRANSFORMERS,
    "PutAccountPolicy": _POLICIES,
    "PutBearerTokenAuthentication": _POLICIES,
    "PutDataProtectionPolicy": _POLICIES,
    "PutDeliverySource": _DELIVERIES,
    "PutIndexPolicy": _INDEXES,
    "PutIntegration": _EXPORTS,
    "PutStorageTierPolicy": _POLICIES,
    "PutSyslogConfiguration": _TRANSFORMERS,
    "PutTransformer": _TRANSFORMERS,
    "StartLiveTail": _TAIL,
    "TestTransformer": _TRANSFORMERS,
    "UpdateAnomaly": _ANOMALIES,
    "UpdateDeliveryConfiguration": _DELIVERIES,
    "UpdateLogAnomalyDetector": _ANOMALIES,
    "UpdateLookupTable": _QUERIES,
    "UpdateScheduledQuery": _QUERIES,
}


def refuse_parameters(request: Request, names: tuple[str, ...], remedy: str) -> None:
    """Say so where the request asks for more than we do; an empty or false value asks for nothing."""
    for name in names:
        if request.get(name):
            raise UnsupportedOperation(what=f"the parameter {name}", remedy=remedy)

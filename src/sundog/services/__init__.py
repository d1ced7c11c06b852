"""Services: one package per AWS service, all with the same files. To add one: a folder, and its name here."""

NAMES = (
    "sqs",
    "lambda_",
    "logs",
    "cloudwatch",
    "iam",
    "sts",
    "sns",
    "events",
    "schemas",
    "scheduler",
    "pipes",
    "stepfunctions",
    "apigatewaymanagementapi",
    "apigatewayv2",
    "apigateway",
    "elbv2",
)
"""Folders in the order their parts start; they stop in the opposite order."""

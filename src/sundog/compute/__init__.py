"""Compute: where function code runs.

`contract` is what the Lambda service sees; `local.LocalEngine` implements it on this machine. An
`environment` speaks AWS's Runtime, Extensions and Telemetry APIs to its processes, which `launchers` bring
to life behind walls; what runs on the far side of those walls is in ``inside``.
"""

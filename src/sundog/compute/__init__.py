"""Compute: where function code runs.

`contract` is what the Lambda service sees; `local.LocalEngine` implements it on this machine. An
`environment` speaks AWS's Runtime, Extensions and Telemetry APIs to its processes, which `launchers` bring
to life behind walls; what runs on the far side of those walls is in ``inside``.

What a function is made of comes from elsewhere: bundles and layers as folders, perhaps `watching` one that
its author edits, container images from `images`. `private_network` is what functions in a VPC get,
`debugging` what functions under a debugger do without.
"""

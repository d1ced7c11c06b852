"""The data plane of HTTP APIs: a request on its way to a route's integration and its answer on the way back.

`face` takes the request, `compiled` holds what a stage does as closures, `pipeline` is the way itself: route,
preflight, throttle, authorize, integrate, map the answer. What needs no I/O is pure: `routing`, `events`,
`answers`, `mapping`, `outgoing`.
"""

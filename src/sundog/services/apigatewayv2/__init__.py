"""API Gateway's second API: HTTP APIs and WebSocket APIs, what they consist of and who answers for them.

Everything an account has here is an item: APIs and, below them, routes, integrations, responses, models,
authorizers, deployments and stages; domain names and, below them, mappings and routing rules; VPC links. One
table holds them all, `items` finds and changes them, and a module per noun says what is allowed. A deployment
freezes an API into one document; `snapshots` keeps what is deployed in memory for the data planes.

Left out: developer portals and their products, access logs to Firehose, routing rules of private domain names
(refused by name); network load balancers and Cloud Map behind VPC links (503 at the request, and why); mutual
TLS and security policies are configuration only. The account's own throttle is not applied.
"""

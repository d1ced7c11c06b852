"""Elastic Load Balancing v2: application load balancers in front of functions and of HTTP servers.

A request reaches a load balancer by the host it gave as its ``DNSName``
(``<name>-<id>.<region>.elb.localhost``, also with AWS's own ``.elb.amazonaws.com``), or by a path, for
clients that cannot set hosts: ``/_aws/elb/<DNSName>/...``; there the Host header is the client's own, so that
host conditions can be tried.

Which listener: all listeners share sundog's one port. The port in the host (or in the path,
``/_aws/elb/<DNSName>:8080/...``) names the listener, if one has it; else the listener of the request's scheme
with the lowest port answers, else the one with the lowest port.

Targets are functions, and servers by address (``ip``): sundog calls them where it runs. Instances cannot be
registered, for there is no EC2. Subnets, security groups and VPCs are configuration that nothing looks up; so
are certificates of HTTPS listeners: TLS is sundog's own (``sundog up --tls``).

Refused by name: network and gateway load balancers, trust stores and mutual TLS, authenticate-* and
jwt-validation actions, logs to S3, capacity reservations, IPAM pools, HTTP/2 and gRPC to targets.
"""

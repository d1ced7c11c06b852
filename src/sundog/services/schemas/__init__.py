"""Amazon EventBridge Schemas: registries, schemas and their versions, and discovery from passing events.

Promised: a discoverer sees every event that its bus lets pass while it is started, through a managed rule of
EventBridge (``Schemas-<discoverer id>``) as on AWS; what it infers is a version of a schema named
``<source>@<DetailType>`` in the registry ``discovered-schemas``, and a new version whenever the shape grows.

Left out: code bindings (refused by name), and the contents of AWS's own registry ``aws.events``.
"""

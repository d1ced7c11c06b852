"""The quotas of EventBridge Schemas.

https://docs.aws.amazon.com/general/latest/gr/eventbridgeschemas.html
"""

from __future__ import annotations

REGISTRIES_MAX = 10
SCHEMAS_MAX = 100
"""Of one registry."""
DISCOVERED_MAX = 200
VERSIONS_MAX = 100
DISCOVERERS_MAX = 10
LEVELS_MAX = 255
"""How deep an event may nest; what is deeper is ignored."""

EVENTS_MAX = 10
"""Of one GetDiscoveredSchema."""
TAGS_MAX = 50
PAGE_MAX = 100
PAGE_DEFAULT = 100
SEARCHED_MAX = 2_000
"""Versions that one page of a search reads."""
REGISTRY_NAME_MAX, SCHEMA_NAME_MAX = 64, 385

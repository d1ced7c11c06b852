"""What the front doors share (REST, HTTP and WebSocket APIs, load balancers): hosts, calls, limits, logs.

Nothing here knows a service or its rows; services give it values.
"""

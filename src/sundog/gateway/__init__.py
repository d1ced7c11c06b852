"""Gateway: from a connection to an operation and back.

connection -> face -> route -> parse -> steps (identify, authorize, throttle, validate) -> operation -> write.
Calls between services (`Context.dispatch`) join the same chain at `authorize`.
"""

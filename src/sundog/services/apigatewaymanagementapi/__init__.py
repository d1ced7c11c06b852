"""The management API of WebSocket connections (@connections): send to a client, look at it, disconnect it.

Its endpoint is a stage's own address: ``http://<api>.execute-api.<region>.localhost:4566/<stage>``, or
``http://localhost:4566/_aws/execute-api/<api>/<stage>`` for clients that cannot set hosts.
"""

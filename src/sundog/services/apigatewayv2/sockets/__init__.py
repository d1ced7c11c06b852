"""The data plane of WebSocket APIs.

The handshake runs the ``$connect`` route: its authorizer, then its integration; what is not 2xx refuses the
client. Messages are routed by the API's selection expression and handled side by side, as on AWS; the end of
a connection runs ``$disconnect``. A route answers its caller only where it has a route response.

Connections live on the node that the client has reached; they end with it. Ten minutes without a message, or
two hours, end them as well (1001). Messages over 128 KB and frames over 32 KB are 1009, binary messages 1003.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
"""

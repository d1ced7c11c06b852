-- Only where several nodes share a store. Which node holds a connection, when a node was last alive (real time),
-- and what one node asks of another about a connection that the other holds.
create table apigatewaymanagementapi_connection (
    id text not null primary key,
    node text not null,
    peer text not null
);

create table apigatewaymanagementapi_node (
    node text not null primary key,
    alive_ms integer not null
);

create table apigatewaymanagementapi_order (
    id text not null primary key,
    node text not null,
    connection text not null,
    kind text not null,
    body text not null,
    answer text not null default ''
);
create index apigatewaymanagementapi_order_node on apigatewaymanagementapi_order (node);

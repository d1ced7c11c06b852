-- name: put_connection
insert into apigatewaymanagementapi_connection (id, node, peer) values (:id, :node, :peer)

-- name: connection
select * from apigatewaymanagementapi_connection where id = :id

-- name: delete_connection
delete from apigatewaymanagementapi_connection where id = :id

-- name: put_node
insert into apigatewaymanagementapi_node (node, alive_ms) values (:node, :alive_ms)
on conflict (node) do update set alive_ms = excluded.alive_ms

-- name: node
select * from apigatewaymanagementapi_node where node = :node

-- name: delete_node
delete from apigatewaymanagementapi_node where node = :node

-- name: delete_connections_of_node
delete from apigatewaymanagementapi_connection where node = :node

-- name: put_order
insert into apigatewaymanagementapi_order (id, node, connection, kind, body)
values (:id, :node, :connection, :kind, :body)

-- name: orders
select * from apigatewaymanagementapi_order where node = :node and answer = '' order by id

-- name: order
select * from apigatewaymanagementapi_order where id = :id

-- name: answer_order
update apigatewaymanagementapi_order set answer = :answer where id = :id

-- name: delete_order
delete from apigatewaymanagementapi_order where id = :id

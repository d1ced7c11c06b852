-- name: item
select * from apigatewayv2_item
where account = :account and region = :region and kind = :kind and parent = :parent and id = :id

-- name: item_by_name
select * from apigatewayv2_item
where account = :account and region = :region and kind = :kind and parent = :parent and name = :name

-- name: items
select * from apigatewayv2_item
where account = :account and region = :region and kind = :kind and parent = :parent and id > :after
order by id limit :count

-- name: count_items
select count(*) as count from apigatewayv2_item
where account = :account and region = :region and kind = :kind and parent = :parent

-- name: items_of_root
select * from apigatewayv2_item
where account = :account and region = :region and root = :root
order by kind, parent, id

-- name: root
select * from apigatewayv2_item where root = :root and kind = :kind

-- name: roots
select root, account, region from apigatewayv2_item where kind = :kind order by root

-- name: insert_item
insert into apigatewayv2_item (account, region, kind, root, parent, id, name, body)
values (:account, :region, :kind, :root, :parent, :id, :name, :body)

-- name: set_item
update apigatewayv2_item set name = :name, body = :body
where account = :account and region = :region and kind = :kind and parent = :parent and id = :id

-- name: delete_item
delete from apigatewayv2_item
where account = :account and region = :region and kind = :kind and parent = :parent and id = :id

-- name: delete_children
delete from apigatewayv2_item
where account = :account and region = :region and root = :root and parent = :parent

-- name: delete_root
delete from apigatewayv2_item where account = :account and region = :region and root = :root


-- Snapshots

-- name: snapshot
select document from apigatewayv2_snapshot
where account = :account and region = :region and api_id = :api_id and deployment_id = :deployment_id

-- name: insert_snapshot
insert into apigatewayv2_snapshot (account, region, api_id, deployment_id, document)
values (:account, :region, :api_id, :deployment_id, :document)

-- name: delete_snapshot
delete from apigatewayv2_snapshot
where account = :account and region = :region and api_id = :api_id and deployment_id = :deployment_id

-- name: delete_snapshots
delete from apigatewayv2_snapshot where account = :account and region = :region and api_id = :api_id

-- name: items_of_kind
select * from apigatewayv2_item where account = :account and region = :region and kind = :kind
order by parent, id

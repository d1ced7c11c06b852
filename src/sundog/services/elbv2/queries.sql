-- name: insert_resource
insert into elbv2_resource (account, region, arn, kind, name, parent, position, handle, shape, attributes, tags, created_ms)
values (:account, :region, :arn, :kind, :name, :parent, :position, :handle, :shape, :attributes, :tags, :created_ms)

-- name: update_resource
update elbv2_resource set position = :position, shape = :shape, attributes = :attributes, tags = :tags
where account = :account and region = :region and arn = :arn

-- name: delete_resource
delete from elbv2_resource where account = :account and region = :region and arn = :arn

-- name: resource
select * from elbv2_resource where account = :account and region = :region and arn = :arn

-- name: resource_by_name
select * from elbv2_resource where account = :account and region = :region and kind = :kind and name = :name

-- name: resources
select * from elbv2_resource where account = :account and region = :region and kind = :kind and name > :after
order by name limit :count

-- name: all_of_kind
select * from elbv2_resource where kind = :kind order by account, region, name

-- name: children
select * from elbv2_resource where account = :account and region = :region and parent = :parent order by position, arn

-- name: load_balancer_by_handle
select * from elbv2_resource where handle = :handle and region = :region and kind = 'loadbalancer'

-- name: put_target
insert into elbv2_target (account, region, target_group, id, port, zone, registered_ms, drained_ms)
values (:account, :region, :target_group, :id, :port, :zone, :registered_ms, 0)
on conflict (account, region, target_group, id, port) do update set zone = excluded.zone,
    registered_ms = case when elbv2_target.drained_ms > 0 then excluded.registered_ms else elbv2_target.registered_ms end,
    drained_ms = 0

-- name: drain_target
update elbv2_target set drained_ms = :drained_ms
where account = :account and region = :region and target_group = :target_group and id = :id and port = :port
    and drained_ms = 0

-- name: targets
select * from elbv2_target where account = :account and region = :region and target_group = :target_group
order by registered_ms, id, port

-- name: forget_drained
delete from elbv2_target where account = :account and region = :region and target_group = :target_group
    and drained_ms > 0 and drained_ms <= :now_ms

-- name: delete_targets
delete from elbv2_target where account = :account and region = :region and target_group = :target_group

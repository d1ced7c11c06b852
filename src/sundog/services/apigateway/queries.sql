-- name: put_item
insert into apigateway_item (account, region, kind, owner, id, handle, body)
values (:account, :region, :kind, :owner, :id, :handle, :body)
on conflict (account, region, owner, kind, id) do update set handle = excluded.handle, body = excluded.body

-- name: item
select * from apigateway_item
where account = :account and region = :region and owner = :owner and kind = :kind and id = :id

-- name: items
select * from apigateway_item
where account = :account and region = :region and owner = :owner and kind = :kind and number > :after
order by number limit :count

-- name: latest_items
select * from apigateway_item
where account = :account and region = :region and owner = :owner and kind = :kind and number < :before
order by number desc limit :count

-- name: items_below
select * from apigateway_item
where account = :account and region = :region and owner = :owner and kind = :kind
    and id >= :prefix and id < :prefix_end
order by number

-- name: everywhere
select * from apigateway_item
where account = :account and region = :region and kind = :kind
order by number

-- name: items_by_handle
select * from apigateway_item where kind = :kind and handle = :handle order by number

-- name: count_items
select count(*) as count from apigateway_item
where account = :account and region = :region and owner = :owner and kind = :kind

-- name: delete_item
delete from apigateway_item
where account = :account and region = :region and owner = :owner and kind = :kind and id = :id

-- name: delete_owned
delete from apigateway_item where account = :account and region = :region and owner = :owner


-- Usage

-- name: usage
select * from apigateway_usage
where account = :account and region = :region and plan_id = :plan_id
    and (:key_id = '' or key_id = :key_id) and day >= :first and day <= :last
order by key_id, day

-- name: add_usage
insert into apigateway_usage (account, region, plan_id, key_id, day, used, added)
values (:account, :region, :plan_id, :key_id, :day, :used, :added)
on conflict (account, region, plan_id, key_id, day) do update
set used = apigateway_usage.used + excluded.used, added = apigateway_usage.added + excluded.added

-- name: delete_usage
delete from apigateway_usage
where account = :account and region = :region and plan_id = :plan_id and (:key_id = '' or key_id = :key_id)

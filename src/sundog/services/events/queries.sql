-- name: put_bus
insert into events_bus (account, region, name, body, policy, tags, created_ms, modified_ms)
values (:account, :region, :name, :body, :policy, :tags, :created_ms, :modified_ms)
on conflict (account, region, name) do update set body = excluded.body, policy = excluded.policy,
    tags = excluded.tags, modified_ms = excluded.modified_ms

-- name: bus
select * from events_bus where account = :account and region = :region and name = :name

-- name: buses
select * from events_bus where account = :account and region = :region order by name

-- name: delete_bus
delete from events_bus where account = :account and region = :region and name = :name

-- name: put_rule
insert into events_rule (account, region, bus, name, pattern, schedule, state, body, tags, created_ms)
values (:account, :region, :bus, :name, :pattern, :schedule, :state, :body, :tags, :created_ms)
on conflict (account, region, bus, name) do update set pattern = excluded.pattern, schedule = excluded.schedule,
    state = excluded.state, body = excluded.body, tags = excluded.tags, created_ms = excluded.created_ms

-- name: rule
select * from events_rule where account = :account and region = :region and bus = :bus and name = :name

-- name: rules
select * from events_rule where account = :account and region = :region and bus = :bus and name > :after
order by name limit :count

-- name: count_rules
select count(*) as number from events_rule where account = :account and region = :region and bus = :bus

-- name: delete_rule
delete from events_rule where account = :account and region = :region and bus = :bus and name = :name

-- name: put_target
insert into events_target (account, region, bus, rule, id, arn, body)
values (:account, :region, :bus, :rule, :id, :arn, :body)
on conflict (account, region, bus, rule, id) do update set arn = excluded.arn, body = excluded.body

-- name: targets_of_rule
select * from events_target where account = :account and region = :region and bus = :bus and rule = :rule
    and id > :after order by id limit :count

-- name: targets_of_bus
select * from events_target where account = :account and region = :region and bus = :bus order by rule, id

-- name: rules_by_target
select distinct rule from events_target where account = :account and region = :region and bus = :bus
    and arn = :arn and rule > :after order by rule limit :count

-- name: delete_target
delete from events_target where account = :account and region = :region and bus = :bus and rule = :rule and id = :id

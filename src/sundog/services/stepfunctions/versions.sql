-- Versions

-- name: insert_version
insert into states_version (account, region, machine, number, body, created_ms)
values (:account, :region, :machine, :number, :body, :created_ms)

-- name: version
select * from states_version
where account = :account and region = :region and machine = :machine and number = :number and body <> ''

-- name: newest_version
select * from states_version where account = :account and region = :region and machine = :machine
order by number desc limit 1

-- name: versions
select number, created_ms from states_version
where account = :account and region = :region and machine = :machine and number < :before and body <> ''
order by number desc limit :count

-- name: count_versions
select count(*) as count from states_version
where account = :account and region = :region and machine = :machine and body <> ''

-- name: delete_version
update states_version set body = ''
where account = :account and region = :region and machine = :machine and number = :number

-- name: delete_versions
delete from states_version where account = :account and region = :region and machine = :machine

-- Aliases

-- name: insert_alias
insert into states_alias (account, region, machine, name, description, routes, created_ms, updated_ms)
values (:account, :region, :machine, :name, :description, :routes, :now_ms, :now_ms)

-- name: set_alias
update states_alias set description = :description, routes = :routes, updated_ms = :now_ms
where account = :account and region = :region and machine = :machine and name = :name

-- name: alias
select * from states_alias
where account = :account and region = :region and machine = :machine and name = :name

-- name: aliases
select * from states_alias where account = :account and region = :region and machine = :machine
order by created_ms, name

-- name: delete_alias
delete from states_alias
where account = :account and region = :region and machine = :machine and name = :name

-- name: delete_aliases
delete from states_alias where account = :account and region = :region and machine = :machine

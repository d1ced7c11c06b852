-- Registries

-- name: registry
select * from schemas_registry where account = :account and region = :region and name = :registry

-- name: registries
select * from schemas_registry
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
order by name limit :count

-- name: count_registries
select count(*) as count from schemas_registry where account = :account and region = :region

-- name: insert_registry
insert into schemas_registry (account, region, name, description, tags)
values (:account, :region, :registry, :description, :tags)

-- name: set_registry
update schemas_registry set description = :description
where account = :account and region = :region and name = :registry

-- name: delete_registry
delete from schemas_registry where account = :account and region = :region and name = :registry


-- Schemas

-- name: schema
select * from schemas_schema
where account = :account and region = :region and registry = :registry and name = :name

-- name: schemas
select s.*,
    (select count(*) from schemas_version v where v.account = s.account and v.region = s.region
     and v.registry = s.registry and v.name = s.name) as versions
from schemas_schema s
where s.account = :account and s.region = :region and s.registry = :registry
    and s.name > :after and s.name >= :prefix and s.name < :prefix_end
order by s.name limit :count

-- name: count_schemas
select count(*) as count from schemas_schema
where account = :account and region = :region and registry = :registry

-- name: insert_schema
insert into schemas_schema
    (account, region, registry, name, description, tags, version, shape, modified_ms)
values
    (:account, :region, :registry, :name, :description, :tags, 1, :shape, :now_ms)

-- name: set_schema
update schemas_schema set
    description = :description, version = :version, shape = :shape, modified_ms = :now_ms
where account = :account and region = :region and registry = :registry and name = :name

-- name: delete_schema
delete from schemas_schema
where account = :account and region = :region and registry = :registry and name = :name


-- Versions

-- name: version
select * from schemas_version
where account = :account and region = :region and registry = :registry and name = :name
    and version = :version

-- name: versions
select * from schemas_version
where account = :account and region = :region and registry = :registry and name = :name
    and version < :before
order by version desc limit :count

-- name: count_versions
select count(*) as count, max(version) as newest from schemas_version
where account = :account and region = :region and registry = :registry and name = :name

-- name: insert_version
insert into schemas_version
    (account, region, registry, name, version, type, content, client_token, created_ms)
values
    (:account, :region, :registry, :name, :version, :type, :content, :client_token, :now_ms)

-- name: delete_version
delete from schemas_version
where account = :account and region = :region and registry = :registry and name = :name
    and version = :version

-- name: delete_versions
delete from schemas_version
where account = :account and region = :region and registry = :registry and name = :name

-- name: search_versions
select * from schemas_version
where account = :account and region = :region and registry = :registry and name > :after
order by name, version limit :count


-- Discoverers

-- name: discoverer
select * from schemas_discoverer where account = :account and region = :region and id = :id

-- name: discoverers
select * from schemas_discoverer
where account = :account and region = :region and id > :after and id >= :prefix and id < :prefix_end
    and source_arn >= :source and source_arn < :source_end
order by id limit :count

-- name: count_discoverers
select count(*) as count from schemas_discoverer where account = :account and region = :region

-- name: insert_discoverer
insert into schemas_discoverer
    (account, region, id, source_arn, description, state, cross_account, tags)
values
    (:account, :region, :id, :source_arn, :description, :state, :cross_account, :tags)

-- name: set_discoverer
update schemas_discoverer set
    description = :description, state = :state, cross_account = :cross_account
where account = :account and region = :region and id = :id

-- name: delete_discoverer
delete from schemas_discoverer where account = :account and region = :region and id = :id


-- Tags

-- name: tag_registry
update schemas_registry set tags = :tags where account = :account and region = :region and name = :registry

-- name: tag_schema
update schemas_schema set tags = :tags
where account = :account and region = :region and registry = :registry and name = :name

-- name: tag_discoverer
update schemas_discoverer set tags = :tags where account = :account and region = :region and id = :id


-- Policies

-- name: policy
select * from schemas_policy where account = :account and region = :region and registry = :registry

-- name: put_policy
insert into schemas_policy (account, region, registry, policy, revision_id)
values (:account, :region, :registry, :policy, :revision_id)
on conflict (account, region, registry) do update set
    policy = excluded.policy, revision_id = excluded.revision_id

-- name: delete_policy
delete from schemas_policy where account = :account and region = :region and registry = :registry

-- name: insert_function
insert into lambda_function (account, region, name, id, last_version, reserved, tags, recursion, code_signing_arn)
values (:account, :region, :name, :id, 0, null, :tags, 'Terminate', :code_signing_arn)

-- name: function
select * from lambda_function where account = :account and region = :region and name = :name

-- name: functions_by_code_signing
select * from lambda_function where account = :account and region = :region and code_signing_arn = :arn
    and name > :after order by name limit :count

-- name: delete_function
delete from lambda_function where account = :account and region = :region and name = :name

-- name: delete_versions
delete from lambda_version where account = :account and region = :region and name = :name

-- name: delete_settings
delete from lambda_setting where account = :account and region = :region and name = :name

-- name: set_last_version
update lambda_function set last_version = :last_version
where account = :account and region = :region and name = :name

-- name: set_reserved
update lambda_function set reserved = :reserved where account = :account and region = :region and name = :name

-- name: set_tags
update lambda_function set tags = :tags where account = :account and region = :region and name = :name

-- name: set_recursion
update lambda_function set recursion = :recursion where account = :account and region = :region and name = :name

-- name: set_code_signing
update lambda_function set code_signing_arn = :arn where account = :account and region = :region and name = :name

-- name: reserved_sum
select coalesce(sum(reserved), 0) as reserved from lambda_function where account = :account and region = :region

-- name: provisioned
select * from lambda_setting where kind = 'provisioned' order by account, region, name, qualifier

-- name: provisioned_of_unreserved
select s.* from lambda_setting s
join lambda_function f on f.account = s.account and f.region = s.region and f.name = s.name
where s.account = :account and s.region = :region and s.kind = 'provisioned' and f.reserved is null

-- name: account_usage
select coalesce(sum(code_size), 0) as code_size, coalesce(sum(case when number = 0 then 1 else 0 end), 0) as functions
from lambda_version where account = :account and region = :region

-- name: layer_usage
select coalesce(sum(code_size), 0) as code_size from lambda_layer_version
where account = :account and region = :region

-- name: put_version
insert into lambda_version (account, region, name, number, code_size, body)
values (:account, :region, :name, :number, :code_size, :body)
on conflict (account, region, name, number) do update set code_size = excluded.code_size, body = excluded.body

-- name: version
select * from lambda_version where account = :account and region = :region and name = :name and number = :number

-- name: versions
select * from lambda_version where account = :account and region = :region and name = :name and number >= :first
order by number limit :count

-- name: latest_versions
select * from lambda_version where account = :account and region = :region and number = 0 and name > :after
order by name limit :count

-- name: all_versions
select * from lambda_version where account = :account and region = :region
    and (name > :after or (name = :after and number > :number))
order by name, number limit :count

-- name: delete_version
delete from lambda_version where account = :account and region = :region and name = :name and number = :number

-- name: put_setting
insert into lambda_setting (account, region, name, kind, qualifier, handle, body)
values (:account, :region, :name, :kind, :qualifier, :handle, :body)
on conflict (account, region, name, kind, qualifier) do update set handle = excluded.handle, body = excluded.body

-- name: setting
select * from lambda_setting where account = :account and region = :region and name = :name and kind = :kind
    and qualifier = :qualifier

-- name: settings
select * from lambda_setting where account = :account and region = :region and name = :name and kind = :kind
    and qualifier > :after
order by qualifier limit :count

-- name: setting_by_handle
select * from lambda_setting where kind = :kind and handle = :handle

-- name: delete_setting
delete from lambda_setting where account = :account and region = :region and name = :name and kind = :kind
    and qualifier = :qualifier

-- name: delete_settings_of_qualifier
delete from lambda_setting where account = :account and region = :region and name = :name
    and qualifier = :qualifier

-- name: layer
select * from lambda_layer where account = :account and region = :region and name = :name

-- name: put_layer
insert into lambda_layer (account, region, name, last_version) values (:account, :region, :name, :last_version)
on conflict (account, region, name) do update set last_version = excluded.last_version

-- name: put_layer_version
insert into lambda_layer_version (account, region, name, version, code_size, body)
values (:account, :region, :name, :version, :code_size, :body)
on conflict (account, region, name, version) do update set body = excluded.body

-- name: layer_version
select * from lambda_layer_version where account = :account and region = :region and name = :name
    and version = :version

-- name: layer_versions
select * from lambda_layer_version where account = :account and region = :region and name = :name
    and version < :before
order by version desc limit :count

-- name: all_layer_versions
select * from lambda_layer_version where account = :account and region = :region and name > :after
order by name, version desc

-- name: delete_layer_version
delete from lambda_layer_version where account = :account and region = :region and name = :name
    and version = :version

-- name: put_code_signing
insert into lambda_code_signing (account, region, id, body) values (:account, :region, :id, :body)
on conflict (account, region, id) do update set body = excluded.body

-- name: code_signing
select * from lambda_code_signing where account = :account and region = :region and id = :id

-- name: code_signings
select * from lambda_code_signing where account = :account and region = :region and id > :after
order by id limit :count

-- name: delete_code_signing
delete from lambda_code_signing where account = :account and region = :region and id = :id

-- name: insert_mapping
insert into lambda_mapping (account, region, uuid, function_arn, source_arn, state, tags, body)
values (:account, :region, :uuid, :function_arn, :source_arn, :state, :tags, :body)

-- name: update_mapping
update lambda_mapping set function_arn = :function_arn, state = :state, body = :body
where account = :account and region = :region and uuid = :uuid

-- name: set_mapping_tags
update lambda_mapping set tags = :tags where account = :account and region = :region and uuid = :uuid

-- name: mapping
select * from lambda_mapping where account = :account and region = :region and uuid = :uuid

-- name: mappings
select * from lambda_mapping where account = :account and region = :region and uuid > :after
    and (cast(:source_arn as text) = '' or source_arn = :source_arn)
    and (cast(:function_arn as text) = '' or function_arn = :function_arn)
order by uuid limit :count

-- name: mapping_of
select * from lambda_mapping where account = :account and region = :region and source_arn = :source_arn
    and function_arn = :function_arn limit 1

-- name: enabled_mappings
select * from lambda_mapping where state = 'Enabled'

-- name: delete_mapping
delete from lambda_mapping where account = :account and region = :region and uuid = :uuid

-- name: mapping_shards
select * from lambda_mapping_shard where account = :account and region = :region and uuid = :uuid

-- name: mapping_shard
select * from lambda_mapping_shard where account = :account and region = :region and uuid = :uuid
    and shard = :shard

-- name: insert_mapping_shard
insert into lambda_mapping_shard
    (account, region, uuid, shard, place, window_state, is_finished, owner, lease_ms)
values (:account, :region, :uuid, :shard, :place, '', 0, '', 0)
on conflict (account, region, uuid, shard) do nothing

-- name: claim_mapping_shard
update lambda_mapping_shard set owner = :owner, lease_ms = :lease_ms
where account = :account and region = :region and uuid = :uuid and shard = :shard
    and (owner = :owner or lease_ms <= :now_ms or :is_alone = 1)

-- name: save_mapping_shard
update lambda_mapping_shard
set place = :place, window_state = :window_state, is_finished = :is_finished, lease_ms = :lease_ms
where account = :account and region = :region and uuid = :uuid and shard = :shard and owner = :owner

-- name: delete_mapping_shards
delete from lambda_mapping_shard where account = :account and region = :region and uuid = :uuid

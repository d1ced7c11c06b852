-- Archives

-- name: archive
select * from events_archive where account = :account and region = :region and name = :name

-- name: lock_archive
-- Whoever changes what an archive holds comes one after another; on SQLite transactions do so anyway.
select * from events_archive where account = :account and region = :region and name = :name

-- name: lock_archive_by_id
select * from events_archive where id = :id

-- name: archives
select * from events_archive
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
    and (:source = '' or source_arn = :source)
order by name limit :count

-- name: count_archives
select count(*) as count from events_archive where account = :account and region = :region

-- name: insert_archive
insert into events_archive
    (account, region, name, source_arn, description, pattern, retention_days, kms_key, created_ms)
values
    (:account, :region, :name, :source_arn, :description, :pattern, :retention_days, :kms_key, :now_ms)

-- name: set_archive
update events_archive set
    description = :description, pattern = :pattern, retention_days = :retention_days, kms_key = :kms_key
where id = :id

-- name: count_event
update events_archive set event_count = event_count + :events, size_bytes = size_bytes + :bytes
where id = :id

-- name: delete_archive
delete from events_archive where id = :id


-- Archived events

-- name: insert_archived
insert into events_archived (archive_id, event_id, event_ms, archived_ms, size, body)
values (:archive_id, :event_id, :event_ms, :now_ms, :size, :body)
on conflict (archive_id, event_id) do nothing

-- name: oldest_archived
select min(archived_ms) as archived_ms from events_archived where archive_id = :archive_id

-- name: old_archived
select id, size from events_archived
where archive_id = :archive_id and archived_ms <= :before_ms order by archived_ms limit :count

-- name: delete_archived
delete from events_archived where id = :id

-- name: archived_after
select * from events_archived
where archive_id = :archive_id and event_ms >= :position_ms and event_ms <= :end_ms
    and (event_ms > :position_ms or id > :position_id)
order by event_ms, id limit :count


-- Replays

-- name: replay
select * from events_replay where account = :account and region = :region and name = :name

-- name: replays
select * from events_replay
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
    and (:state = '' or state = :state) and (:source = '' or archive_arn = :source)
order by name limit :count

-- name: count_active_replays
select count(*) as count from events_replay
where account = :account and region = :region and ended_ms is null

-- name: insert_replay
insert into events_replay
    (account, region, name, archive_id, archive_arn, description, destination, start_ms, end_ms, state,
     position_ms, started_ms)
values
    (:account, :region, :name, :archive_id, :archive_arn, :description, :destination, :start_ms, :end_ms,
     :state, :start_ms, :now_ms)

-- name: set_replay_state
update events_replay set state = :state, ended_ms = :ended_ms
where account = :account and region = :region and name = :name

-- name: move_replay
update events_replay set
    state = :state, position_ms = :position_ms, position_id = :position_id, last_ms = :position_ms
where account = :account and region = :region and name = :name


-- Connections

-- name: connection
select * from events_connection where account = :account and region = :region and name = :name

-- name: connections
select * from events_connection
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
    and (:state = '' or state = :state)
order by name limit :count

-- name: count_connections
select count(*) as count from events_connection where account = :account and region = :region

-- name: insert_connection
insert into events_connection
    (account, region, name, uid, secret_uid, description, type, parameters, kms_key, state,
     created_ms, modified_ms, authorized_ms)
values
    (:account, :region, :name, :uid, :secret_uid, :description, :type, :parameters, :kms_key, :state,
     :now_ms, :now_ms, :now_ms)

-- name: set_connection
update events_connection set
    description = :description, type = :type, parameters = :parameters, kms_key = :kms_key, state = :state,
    state_reason = null, token = '', token_expires_ms = 0, modified_ms = :now_ms, authorized_ms = :authorized_ms
where account = :account and region = :region and name = :name

-- name: set_token
update events_connection set
    state = :state, state_reason = :reason, token = :token, token_expires_ms = :expires_ms,
    authorized_ms = :authorized_ms
where account = :account and region = :region and name = :name and modified_ms = :modified_ms

-- name: forget_token
update events_connection set token = '', token_expires_ms = 0
where account = :account and region = :region and name = :name and token = :token

-- name: delete_connection
delete from events_connection where account = :account and region = :region and name = :name


-- API destinations

-- name: api_destination
select * from events_api_destination where account = :account and region = :region and name = :name

-- name: api_destinations
select * from events_api_destination
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
    and (:connection = '' or connection_arn = :connection)
order by name limit :count

-- name: count_api_destinations
select count(*) as count from events_api_destination where account = :account and region = :region

-- name: insert_api_destination
insert into events_api_destination
    (account, region, name, uid, description, connection_arn, endpoint, method, rate, created_ms, modified_ms)
values
    (:account, :region, :name, :uid, :description, :connection_arn, :endpoint, :method, :rate,
     :now_ms, :now_ms)

-- name: set_api_destination
update events_api_destination set
    description = :description, connection_arn = :connection_arn, endpoint = :endpoint, method = :method,
    rate = :rate, modified_ms = :now_ms
where account = :account and region = :region and name = :name

-- name: delete_api_destination
delete from events_api_destination where account = :account and region = :region and name = :name


-- Global endpoints

-- name: endpoint
select * from events_endpoint where account = :account and region = :region and name = :name

-- name: endpoints
select * from events_endpoint
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
order by name limit :count

-- name: count_endpoints
select count(*) as count from events_endpoint where account = :account and region = :region

-- name: put_endpoint
insert into events_endpoint (account, region, name, body) values (:account, :region, :name, :body)
on conflict (account, region, name) do update set body = excluded.body

-- name: delete_endpoint
delete from events_endpoint where account = :account and region = :region and name = :name

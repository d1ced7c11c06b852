-- name: insert_group
insert into logs_group (account, region, name, created_ms, retention_days, kms_key, class, is_protected,
    metric_filters, subscription_filters, tags)
values (:account, :region, :name, :created_ms, 0, :kms_key, :class, :is_protected, 0, 0, :tags)

-- name: group
select * from logs_group where account = :account and region = :region and name = :name

-- name: group_by_id
select * from logs_group where id = :id

-- name: groups
select g.*, (
    select coalesce(sum(c.bytes), 0) from logs_chunk c where c.group_id = g.id and c.ingested_ms < :settled_ms
) as stored_bytes
from logs_group g
where g.account = :account and g.region = :region and g.name > :after
    and g.name >= :prefix and g.name < :prefix_end
    and (cast(:pattern as text) = '' or replace(g.name, cast(:pattern as text), '') <> g.name)
    and (cast(:class as text) = '' or g.class = :class)
order by g.name limit :count

-- name: delete_group
delete from logs_group where id = :id

-- name: delete_group_streams
delete from logs_stream where group_id = :id

-- name: delete_group_filters
delete from logs_filter where group_id = :id

-- name: set_retention
update logs_group set retention_days = :days where id = :id

-- name: set_kms_key
update logs_group set kms_key = :kms_key where id = :id

-- name: set_protection
update logs_group set is_protected = :is_protected where id = :id

-- name: set_tags
update logs_group set tags = :tags where id = :id

-- name: set_filter_counts
update logs_group set
    metric_filters = (select count(*) from logs_filter where group_id = :id and kind = 'metric'),
    subscription_filters = (select count(*) from logs_filter where group_id = :id and kind = 'subscription')
where id = :id

-- name: insert_stream
insert into logs_stream (account, region, group_id, name, created_ms, first_event_ms, last_event_ms, last_ingestion_ms)
values (:account, :region, :group_id, :name, :created_ms, -1, -1, -1)

-- name: stream
select * from logs_stream where group_id = :group_id and name = :name

-- name: streams_by_name
select * from logs_stream
where group_id = :group_id and name > :after and name >= :prefix and name < :prefix_end
order by name limit :count

-- name: streams_by_name_descending
select * from logs_stream
where group_id = :group_id and name < :before and name >= :prefix and name < :prefix_end
order by name desc limit :count

-- name: streams_by_time
select * from logs_stream
where group_id = :group_id and (last_event_ms > :event_ms or (last_event_ms = :event_ms and name > :after))
order by last_event_ms, name limit :count

-- name: streams_by_time_descending
select * from logs_stream
where group_id = :group_id and (last_event_ms < :event_ms or (last_event_ms = :event_ms and name < :before))
order by last_event_ms desc, name desc limit :count

-- name: stream_by_id
select id, name from logs_stream where id = :id

-- name: stream_names
select id, name from logs_stream where group_id = :group_id and name >= :prefix and name < :prefix_end

-- name: delete_stream
delete from logs_stream where id = :id

-- name: target_stream
select g.id as group_id, g.name as group_name, g.retention_days, g.metric_filters, g.subscription_filters,
    s.id as stream_id, s.first_event_ms, s.last_event_ms
from logs_group g left join logs_stream s on s.group_id = g.id and s.name = :stream
where g.account = :account and g.region = :region and g.name = :name

-- name: insert_chunk
insert into logs_chunk (account, region, group_id, stream_id, min_ms, max_ms, ingested_ms, bytes, payload)
values (:account, :region, :group_id, :stream_id, :min_ms, :max_ms, :ingested_ms, :bytes, :payload)
returning id

-- name: touch_stream
update logs_stream set
    first_event_ms = :first_event_ms, last_event_ms = :last_event_ms, last_ingestion_ms = :ingested_ms
where id = :id

-- name: group_chunks
select id, stream_id, min_ms, max_ms from logs_chunk
where group_id = :owner and min_ms >= :low_ms and min_ms < :end_ms and max_ms >= :start_ms
    and (min_ms > :edge_ms or (min_ms = :edge_ms and id > :edge_id))
order by min_ms, id limit :count

-- name: group_chunks_descending
select id, stream_id, min_ms, max_ms from logs_chunk
where group_id = :owner and max_ms < :high_ms and min_ms < :end_ms and max_ms >= :start_ms
    and (max_ms < :edge_ms or (max_ms = :edge_ms and id < :edge_id))
order by max_ms desc, id desc limit :count

-- name: stream_chunks
select id, stream_id, min_ms, max_ms from logs_chunk
where stream_id = :owner and min_ms >= :low_ms and min_ms < :end_ms and max_ms >= :start_ms
    and (min_ms > :edge_ms or (min_ms = :edge_ms and id > :edge_id))
order by min_ms, id limit :count

-- name: stream_chunks_descending
select id, stream_id, min_ms, max_ms from logs_chunk
where stream_id = :owner and max_ms < :high_ms and min_ms < :end_ms and max_ms >= :start_ms
    and (max_ms < :edge_ms or (max_ms = :edge_ms and id < :edge_id))
order by max_ms desc, id desc limit :count

-- name: chunk
select id, ingested_ms, payload from logs_chunk where id = :id

-- name: expire_group_chunks
delete from logs_chunk where id in (
    select id from logs_chunk where group_id = :id and max_ms < :before_ms order by max_ms limit :count
)

-- name: drop_group_chunks
delete from logs_chunk where id in (select id from logs_chunk where group_id = :id limit :count)

-- name: drop_stream_chunks
delete from logs_chunk where id in (select id from logs_chunk where stream_id = :id limit :count)

-- name: put_filter
insert into logs_filter (account, region, group_id, kind, name, body)
values (:account, :region, :group_id, :kind, :name, :body)
on conflict (group_id, kind, name) do update set body = excluded.body

-- name: delete_filter
delete from logs_filter where group_id = :group_id and kind = :kind and name = :name

-- name: group_filters
select f.*, g.name as group_name from logs_filter f join logs_group g on g.id = f.group_id
where f.group_id = :group_id and f.kind = :kind order by f.name

-- name: account_filters
select f.*, g.name as group_name from logs_filter f join logs_group g on g.id = f.group_id
where f.account = :account and f.region = :region and f.kind = :kind order by f.name, g.name

-- name: put_document
insert into logs_document (account, region, kind, name, body) values (:account, :region, :kind, :name, :body)
on conflict (account, region, kind, name) do update set body = excluded.body

-- name: document
select * from logs_document where account = :account and region = :region and kind = :kind and name = :name

-- name: documents
select * from logs_document where account = :account and region = :region and kind = :kind order by name

-- name: delete_document
delete from logs_document where account = :account and region = :region and kind = :kind and name = :name

-- name: delete_documents_before
delete from logs_document
where account = :account and region = :region and kind = :kind and name < :before

-- name: groups_by_prefix
select * from logs_group
where account = :account and region = :region and name >= :prefix and name < :prefix_end
order by name limit :count

-- name: chunk_of_group
select c.id, c.stream_id, c.ingested_ms, c.payload, s.name as stream
from logs_chunk c join logs_stream s on s.id = c.stream_id
where c.id = :id and c.group_id = :group_id

-- name: insert_query
insert into logs_query (id, account, region, status, created_ms, body, matched, scanned, bytes, results)
values (:id, :account, :region, 'Scheduled', :created_ms, :body, 0, 0, 0, 0)

-- name: query
select * from logs_query where id = :id and account = :account and region = :region

-- name: count_active_queries
select count(*) as count from logs_query
where account = :account and region = :region and status in ('Scheduled', 'Running')

-- name: queries_by_time
select * from logs_query
where account = :account and region = :region and created_ms <= :created_ms
    and (created_ms < :created_ms or id < :before)
order by created_ms desc, id desc limit :count

-- name: queries_by_status
select * from logs_query
where account = :account and region = :region and status = :status and created_ms <= :created_ms
    and (created_ms < :created_ms or id < :before)
order by created_ms desc, id desc limit :count

-- name: cancel_query
update logs_query set status = 'Cancelled' where id = :id and status in ('Scheduled', 'Running')

-- name: advance_query
-- Nothing once the query has ended: whoever runs it learns so that it is over.
update logs_query set
    status = :status, matched = :matched, scanned = :scanned, bytes = :bytes, results = :results
where id = :id and status in ('Scheduled', 'Running')

-- name: delete_query
delete from logs_query where id = :id

-- name: insert_query_page
insert into logs_query_page (query_id, number, payload) values (:query_id, :number, :payload)

-- name: query_pages
select payload from logs_query_page
where query_id = :query_id and number >= :first and number <= :last order by number

-- name: delete_query_pages
delete from logs_query_page where query_id = :id

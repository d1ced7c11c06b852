create table logs_group (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    name text not null,
    created_ms integer not null,
    retention_days integer not null,
    kms_key text not null,
    class text not null,
    is_protected integer not null,
    metric_filters integer not null,
    subscription_filters integer not null,
    tags text not null,
    unique (account, region, name)
);

create table logs_stream (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    group_id integer not null,
    name text not null,
    created_ms integer not null,
    first_event_ms integer not null,
    last_event_ms integer not null,
    last_ingestion_ms integer not null,
    unique (group_id, name)
);
create index logs_stream_by_time on logs_stream (group_id, last_event_ms, name);

-- One PutLogEvents is one row: its events in order of time, packed.
create table logs_chunk (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    group_id integer not null,
    stream_id integer not null,
    min_ms integer not null,
    max_ms integer not null,
    ingested_ms integer not null,
    bytes integer not null,
    payload blob not null
);
create index logs_chunk_by_group on logs_chunk (group_id, min_ms, id, max_ms, stream_id, ingested_ms, bytes);
create index logs_chunk_by_group_end on logs_chunk (group_id, max_ms, id, min_ms, stream_id);
create index logs_chunk_by_stream on logs_chunk (stream_id, min_ms, id, max_ms);
create index logs_chunk_by_stream_end on logs_chunk (stream_id, max_ms, id, min_ms);

-- kind: metric or subscription
create table logs_filter (
    account text not null,
    region text not null,
    group_id integer not null,
    kind text not null,
    name text not null,
    body text not null,
    primary key (group_id, kind, name)
);
create index logs_filter_by_account on logs_filter (account, region, kind, name);

-- Small named things, whole: resource policies, query definitions, queries, destinations, delivery destinations.
create table logs_document (
    account text not null,
    region text not null,
    kind text not null,
    name text not null,
    body text not null,
    primary key (account, region, kind, name)
);

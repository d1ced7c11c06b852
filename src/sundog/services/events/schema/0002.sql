-- Archives. Their events belong to the id, so that a deleted archive's are dropped in bounded steps.
create table events_archive (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    name text not null,
    source_arn text not null,
    description text,
    pattern text,
    retention_days integer not null,
    kms_key text,
    event_count integer not null default 0,
    size_bytes integer not null default 0,
    created_ms integer not null,
    unique (account, region, name)
);

create table events_archived (
    id integer primary key autoincrement,
    archive_id integer not null,
    event_id text not null,
    event_ms integer not null,
    archived_ms integer not null,
    size integer not null,
    body text not null,
    unique (archive_id, event_id)
);
create index events_archived_time on events_archived (archive_id, event_ms, id);
create index events_archived_age on events_archived (archive_id, archived_ms);

-- ``position_ms`` and ``position_id`` are the last archived event that was replayed.
create table events_replay (
    account text not null,
    region text not null,
    name text not null,
    archive_id integer not null,
    archive_arn text not null,
    description text,
    destination text not null,
    start_ms integer not null,
    end_ms integer not null,
    state text not null,
    position_ms integer not null,
    position_id integer not null default 0,
    last_ms integer,
    started_ms integer not null,
    ended_ms integer,
    primary key (account, region, name)
);

-- ``parameters`` hold the secrets; what is shown leaves them out.
create table events_connection (
    account text not null,
    region text not null,
    name text not null,
    uid text not null,
    secret_uid text not null,
    description text,
    type text not null,
    parameters text not null,
    kms_key text,
    state text not null,
    state_reason text,
    token text not null default '',
    token_expires_ms integer not null default 0,
    created_ms integer not null,
    modified_ms integer not null,
    authorized_ms integer not null,
    primary key (account, region, name)
);

create table events_api_destination (
    account text not null,
    region text not null,
    name text not null,
    uid text not null,
    description text,
    connection_arn text not null,
    endpoint text not null,
    method text not null,
    rate integer not null,
    created_ms integer not null,
    modified_ms integer not null,
    primary key (account, region, name)
);

create table events_endpoint (
    account text not null,
    region text not null,
    name text not null,
    body text not null,
    primary key (account, region, name)
);

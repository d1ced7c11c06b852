create table sts_session (
    access_key_id text primary key,
    account text not null,
    region text not null default '',
    kind text not null,
    arn text not null,
    user_id text not null,
    secret text not null,
    token text not null,
    expires_ms integer not null,
    policies text not null default '{}'
);
create index sts_session_expiry on sts_session (expires_ms);

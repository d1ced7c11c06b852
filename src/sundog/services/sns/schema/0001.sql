create table sns_topic (
    account text not null,
    region text not null,
    name text not null,
    attributes text not null,
    tags text not null,
    data_protection text not null default '',
    sequence integer not null default 0,
    unsubscribed integer not null default 0,
    created_ms integer not null,
    primary key (account, region, name)
);

create table sns_subscription (
    account text not null,
    region text not null,
    topic text not null,
    id text not null,
    protocol text not null,
    endpoint text not null,
    owner text not null,
    principal text not null,
    attributes text not null,
    token text not null,
    is_confirmed integer not null,
    was_authenticated integer not null,
    created_ms integer not null,
    primary key (account, region, topic, id),
    unique (account, region, topic, protocol, endpoint)
);
create index sns_subscription_created on sns_subscription (account, region, id);

-- What a FIFO topic has taken in lately: the same message again gets the same answer.
create table sns_duplicate (
    account text not null,
    region text not null,
    topic text not null,
    deduplication_id text not null,
    message_id text not null,
    sequence text not null,
    expires_ms integer not null,
    primary key (account, region, topic, deduplication_id)
);
create index sns_duplicate_expires on sns_duplicate (expires_ms);

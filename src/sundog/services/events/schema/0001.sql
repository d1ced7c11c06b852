create table events_bus (
    account text not null,
    region text not null,
    name text not null,
    body text not null,
    policy text not null default '',
    tags text not null,
    created_ms integer not null,
    modified_ms integer not null,
    primary key (account, region, name)
);

create table events_rule (
    account text not null,
    region text not null,
    bus text not null,
    name text not null,
    pattern text not null,
    schedule text not null,
    state text not null,
    body text not null,
    tags text not null,
    created_ms integer not null,
    primary key (account, region, bus, name)
);

create table events_target (
    account text not null,
    region text not null,
    bus text not null,
    rule text not null,
    id text not null,
    arn text not null,
    body text not null,
    primary key (account, region, bus, rule, id)
);
create index events_target_arn on events_target (account, region, bus, arn, rule);

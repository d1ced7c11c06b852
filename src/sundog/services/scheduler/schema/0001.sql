create table scheduler_group (
    account text not null,
    region text not null,
    name text not null,
    state text not null,
    tags text not null,
    created_ms bigint not null,
    modified_ms bigint not null,
    primary key (account, region, name)
);

create table scheduler_schedule (
    account text not null,
    region text not null,
    group_name text not null,
    name text not null,
    revision text not null,
    state text not null,
    body text not null,
    anchor_ms bigint not null,
    created_ms bigint not null,
    modified_ms bigint not null,
    primary key (account, region, group_name, name)
);

-- What was asked under a client token: asked again, it is not done again.
create table scheduler_token (
    account text not null,
    region text not null,
    token text not null,
    subject text not null,
    until_ms bigint not null,
    primary key (account, region, token)
);
create index scheduler_token_until on scheduler_token (until_ms);

create table schemas_registry (
    account text not null,
    region text not null,
    name text not null,
    description text,
    tags text not null,
    primary key (account, region, name)
);

-- ``version`` is the newest one; ``shape`` is what discovery has seen so far, empty for schemas made by hand.
create table schemas_schema (
    account text not null,
    region text not null,
    registry text not null,
    name text not null,
    description text,
    tags text not null,
    version integer not null,
    shape text not null default '',
    modified_ms integer not null,
    primary key (account, region, registry, name)
);

create table schemas_version (
    account text not null,
    region text not null,
    registry text not null,
    name text not null,
    version integer not null,
    type text not null,
    content text not null,
    client_token text not null default '',
    created_ms integer not null,
    primary key (account, region, registry, name, version)
);

create table schemas_discoverer (
    account text not null,
    region text not null,
    id text not null,
    source_arn text not null,
    description text,
    state text not null,
    cross_account integer not null,
    tags text not null,
    primary key (account, region, id)
);

create table schemas_policy (
    account text not null,
    region text not null,
    registry text not null,
    policy text not null,
    revision_id text not null,
    primary key (account, region, registry)
);

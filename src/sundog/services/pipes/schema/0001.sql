create table pipes_pipe (
    account text not null,
    region text not null,
    name text not null,
    revision text not null,
    source text not null,
    target text not null,
    body text not null,
    desired_state text not null,
    current_state text not null,
    reason text not null,
    tags text not null,
    created_ms bigint not null,
    modified_ms bigint not null,
    primary key (account, region, name)
);

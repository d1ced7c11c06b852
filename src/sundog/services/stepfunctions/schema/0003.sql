-- Map runs: the children of distributed Maps. body: what the run was started with.
create table states_map_run (
    arn text primary key,
    account text not null,
    region text not null,
    execution text not null,
    status text not null,
    started_ms integer not null,
    stopped_ms integer,
    max_concurrency integer not null,
    tolerated_count integer not null,
    tolerated_percentage double precision not null,
    body text not null
);
create index states_map_run_execution on states_map_run (execution, started_ms, arn);

-- One child each: its input before it has begun, its output once it is over.
create table states_map_item (
    map_run text not null,
    number integer not null,
    status text not null,
    execution text,
    payload text not null,
    primary key (map_run, number)
);
create index states_map_item_status on states_map_item (map_run, status, number);
create index states_map_item_execution on states_map_item (execution);

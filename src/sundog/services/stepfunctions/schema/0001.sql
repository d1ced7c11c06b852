create table states_machine (
    account text not null,
    region text not null,
    name text not null,
    body text not null,
    tags text not null,
    created_ms integer not null,
    primary key (account, region, name)
);

create table states_activity (
    account text not null,
    region text not null,
    name text not null,
    body text not null,
    tags text not null,
    created_ms integer not null,
    primary key (account, region, name)
);

-- body: what it was started with and how it ended. state: where it stands, empty once it is over.
create table states_execution (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    machine text not null,
    name text not null,
    arn text not null unique,
    status text not null,
    started_ms integer not null,
    stopped_ms integer,
    body text not null,
    state text not null
);
create index states_execution_machine on states_execution (account, region, machine, id);
create index states_execution_status on states_execution (account, region, machine, status, id);
create index states_execution_stopped on states_execution (stopped_ms);

-- History in the portions in which it happened.
create table states_history (
    arn text not null,
    first_id integer not null,
    events text not null,
    primary key (arn, first_id)
);

-- Tasks that somebody else finishes: workers of activities, callers with a task token.
create table states_task (
    token text primary key,
    account text not null,
    region text not null,
    arn text not null,
    frame integer not null,
    activity text not null,
    input text not null,
    heartbeat_s integer,
    is_taken integer not null,
    created_ms integer not null
);
create index states_task_activity on states_task (activity, is_taken, created_ms);
create index states_task_arn on states_task (arn);

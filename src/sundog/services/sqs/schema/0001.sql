create table sqs_queue (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    name text not null,
    version integer not null,
    pile integer not null,
    secret text not null,
    is_fifo integer not null,
    attributes text not null,
    tags text not null,
    retention_ms integer not null,
    dead_letter_arn text not null,
    former_scope text not null default '',
    scope_changed_ms integer not null default 0,
    created_ms integer not null,
    modified_ms integer not null,
    purged_ms integer not null default 0,
    unique (account, region, name)
);
create index sqs_queue_dead_letter on sqs_queue (dead_letter_arn, name);

-- Messages belong to a pile, a queue has one at a time: purging gives it a new one.
create table sqs_pile (
    id integer primary key autoincrement,
    queue_name text not null
);

create table sqs_message (
    id integer primary key autoincrement,
    pile integer not null,
    visible_ms integer not null,
    sent_ms integer not null,
    message_id text not null,
    body text not null,
    body_md5 text not null,
    attributes text,
    system text not null,
    group_id text,
    fifo_group text,
    receive_count integer not null default 0,
    first_receive_ms integer,
    received_ms integer
);
create index sqs_message_visible on sqs_message (pile, visible_ms, id);
create index sqs_message_sent on sqs_message (pile, sent_ms);
create index sqs_message_group on sqs_message (pile, fifo_group, id) where fifo_group is not null;

-- FIFO groups that hold messages, with the time their first message can be received.
create table sqs_group (
    pile integer not null,
    group_id text not null,
    visible_ms integer not null,
    primary key (pile, group_id)
);
create index sqs_group_visible on sqs_group (pile, visible_ms);

create table sqs_deduplication (
    queue_id integer not null,
    scope text not null,
    deduplication_id text not null,
    expires_ms integer not null,
    message_id text not null,
    sequence integer not null,
    primary key (queue_id, scope, deduplication_id)
);
create index sqs_deduplication_expires on sqs_deduplication (expires_ms);

create table sqs_attempt (
    queue_id integer not null,
    attempt_id text not null,
    expires_ms integer not null,
    claims text not null,
    primary key (queue_id, attempt_id)
);
create index sqs_attempt_expires on sqs_attempt (expires_ms);

create table sqs_deleted_queue (
    account text not null,
    region text not null,
    name text not null,
    deleted_ms integer not null,
    primary key (account, region, name)
);

create table sqs_move_task (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    task_id text not null,
    source_arn text not null,
    destination_arn text not null,
    rate integer not null,
    status text not null,
    moved integer not null,
    to_move integer not null,
    failure text not null,
    started_ms integer not null
);
create index sqs_move_task_source on sqs_move_task (account, region, source_arn, id);

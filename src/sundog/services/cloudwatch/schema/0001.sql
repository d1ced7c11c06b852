create table cloudwatch_metric (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    namespace text collate binary not null,
    name text collate binary not null,
    -- JSON: [[name, value], ...] in the order of the names
    dimensions text collate binary not null,
    first_ms integer not null,
    last_ms integer not null
);
create unique index cloudwatch_metric_name on cloudwatch_metric (account, region, namespace, name, dimensions);

-- What was put for one metric, unit and period of tier_s seconds, by value rounded to a bucket. is_set: several
-- values of which only the statistics are known. Every value is in exactly one row.
create table cloudwatch_sample (
    metric_id integer not null,
    start_ms integer not null,
    tier_s integer not null,
    unit text not null,
    is_set integer not null,
    bucket real not null,
    count real not null,
    total real not null,
    low real not null,
    high real not null,
    primary key (metric_id, start_ms, tier_s, unit, is_set, bucket)
) without rowid;
create index cloudwatch_sample_age on cloudwatch_sample (tier_s, start_ms);

create table cloudwatch_alarm (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    name text collate binary not null,
    -- MetricAlarm or CompositeAlarm
    type text not null,
    -- JSON: the members of PutMetricAlarm or PutCompositeAlarm
    configuration text not null,
    metric text not null default '',
    state text not null,
    reason text not null,
    reason_data text not null default '',
    actions_enabled integer not null,
    configured_ms integer not null,
    updated_ms integer not null,
    transitioned_ms integer not null,
    version integer not null default 0,
    tags text not null default '{}'
);
create unique index cloudwatch_alarm_name on cloudwatch_alarm (account, region, name);
create index cloudwatch_alarm_metric on cloudwatch_alarm (account, region, metric);

create table cloudwatch_alarm_child (
    account text not null,
    region text not null,
    child text collate binary not null,
    parent text collate binary not null,
    primary key (account, region, child, parent)
) without rowid;

create table cloudwatch_history (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    alarm text collate binary not null,
    alarm_type text not null,
    type text not null,
    happened_ms integer not null,
    summary text not null,
    data text not null
);
create index cloudwatch_history_alarm on cloudwatch_history (account, region, happened_ms, id);

create table cloudwatch_dashboard (
    account text not null,
    name text collate binary not null,
    body text not null,
    modified_ms integer not null,
    tags text not null default '{}',
    primary key (account, name)
) without rowid;

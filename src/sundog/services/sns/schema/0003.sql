-- Topics that archive, since when; the messages they keep, in the order of their sequence numbers.
create table sns_archive (
    account text not null,
    region text not null,
    topic text not null,
    since_ms integer not null,
    primary key (account, region, topic)
);

create table sns_archived (
    account text not null,
    region text not null,
    topic text not null,
    position integer not null,
    time_ms integer not null,
    message text not null,
    primary key (account, region, topic, position)
);
create index sns_archived_time on sns_archived (account, region, topic, time_ms);

-- A replay sends what was archived from from_ms to to_ms up to the position at its start, and then everything
-- that came in meanwhile: as long as it runs, publishing leaves the subscription out.
create table sns_replay (
    account text not null,
    region text not null,
    topic text not null,
    subscription text not null,
    status text not null,
    from_ms integer not null,
    to_ms integer not null,
    start_position integer not null,
    position integer not null,
    primary key (account, region, topic, subscription)
);

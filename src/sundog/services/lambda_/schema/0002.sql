-- How far an event source mapping has read in one shard. place: after the last record it is done with.
-- window: the tumbling window under way as JSON, empty if none. owner: the node that reads, until lease_ms.
create table lambda_mapping_shard (
    account text not null,
    region text not null,
    uuid text not null,
    shard text not null,
    place text not null,
    window_state text not null,
    is_finished integer not null,
    owner text not null,
    lease_ms bigint not null,
    primary key (account, region, uuid, shard)
);

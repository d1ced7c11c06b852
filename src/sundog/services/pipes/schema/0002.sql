-- Where the reader of a shard stands. It outlives stops and updates of the pipe, and goes with it.
create table pipes_checkpoint (
    account text not null,
    region text not null,
    name text not null,
    shard text not null,
    position text not null,
    attempts integer not null,
    count_max integer not null,
    primary key (account, region, name, shard)
);

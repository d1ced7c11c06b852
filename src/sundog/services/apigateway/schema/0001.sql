-- One thing of an account or of an API: what a Get... answers, as JSON. owner: the API, usage plan or domain it
-- belongs to, '' for what the account itself has; handle: what else it is found by, in every account and region.
-- number is the order of creation, which lists follow.
create table apigateway_item (
    number integer primary key autoincrement,
    account text not null,
    region text not null,
    kind text not null,
    owner text not null,
    id text not null,
    handle text not null,
    body text not null,
    unique (account, region, owner, kind, id)
);
create index apigateway_item_by_handle on apigateway_item (kind, handle);

-- Requests counted by the data plane: per usage plan, key and day (YYYY-MM-DD, UTC). added: what UpdateUsage has
-- granted on that day beyond the quota (negative where it took away).
create table apigateway_usage (
    account text not null,
    region text not null,
    plan_id text not null,
    key_id text not null,
    day text not null,
    used integer not null,
    added integer not null,
    primary key (account, region, plan_id, key_id, day)
);

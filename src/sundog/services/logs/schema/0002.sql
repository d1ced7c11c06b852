-- Logs Insights queries. status: as on the wire. body: what was asked. results: rows in the pages.
create table logs_query (
    id text primary key,
    account text not null,
    region text not null,
    status text not null,
    created_ms integer not null,
    body text not null,
    matched integer not null,
    scanned integer not null,
    bytes integer not null,
    results integer not null
);
create index logs_query_by_time on logs_query (account, region, created_ms, id);
create index logs_query_by_status on logs_query (account, region, status, created_ms, id);

-- Rows of a result, so many a page, packed.
create table logs_query_page (
    query_id text not null,
    number integer not null,
    payload blob not null,
    primary key (query_id, number)
);

create table iam_item (
    id integer primary key autoincrement,
    account text not null,
    region text not null default '',
    kind text not null,
    owner text not null default '',
    name text not null,
    name_key text not null,
    path text not null default '/',
    unique_id text not null default '',
    created_ms integer not null,
    body text not null default '{}'
);
create unique index iam_item_name on iam_item (account, region, kind, owner, name_key);
create index iam_item_kind on iam_item (kind, name_key);

-- Durable work. A row is ready when nobody owns it and no earlier one of its order is left.
-- created_ms: when it was first due. lease_ms: real time until which the owner has it (shared stores only).
create table work (
    id integer primary key autoincrement,
    kind text not null,
    key text,
    order_key text,
    account text not null,
    region text not null,
    payload text not null,
    created_ms integer not null,
    due_ms integer not null,
    attempt integer not null,
    blocked integer not null,
    owner text not null,
    lease_ms integer not null
);
create unique index work_by_key on work (kind, key);
create index work_ready on work (kind, due_ms, id) where owner = '' and blocked = 0;
create index work_in_order on work (kind, order_key, id) where order_key is not null;
create index work_owned on work (owner, lease_ms) where owner <> '';

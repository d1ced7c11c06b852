-- Most rows have no key, and need not stand in its index.
drop index work_by_key;
create unique index work_by_key on work (kind, key) where key is not null;

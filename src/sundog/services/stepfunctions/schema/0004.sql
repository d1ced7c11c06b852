-- How many items a child has: more than one where they are batched.
alter table states_map_item add column items integer not null default 1;

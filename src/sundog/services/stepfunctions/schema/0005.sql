-- What executions run: one row for all that run the same, however many they are.
create table states_definition (
    id text primary key,
    text text not null
);
alter table states_execution add column definition_id text not null default '';

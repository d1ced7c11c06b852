-- A version is a machine as it was. A deleted one stays as a row without a body: its number is never used again.
create table states_version (
    account text not null,
    region text not null,
    machine text not null,
    number integer not null,
    body text not null,
    created_ms integer not null,
    primary key (account, region, machine, number)
);

-- routes: {version number: weight}
create table states_alias (
    account text not null,
    region text not null,
    machine text not null,
    name text not null,
    description text,
    routes text not null,
    created_ms integer not null,
    updated_ms integer not null,
    primary key (account, region, machine, name)
);

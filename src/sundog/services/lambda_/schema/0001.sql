create table lambda_function (
    account text not null,
    region text not null,
    name text not null,
    id text not null,
    last_version integer not null,
    reserved integer,
    tags text not null,
    recursion text not null,
    code_signing_arn text not null,
    primary key (account, region, name)
);

-- number 0 is $LATEST
create table lambda_version (
    account text not null,
    region text not null,
    name text not null,
    number integer not null,
    code_size integer not null,
    body text not null,
    primary key (account, region, name, number)
);

-- What is kept for one qualifier of a function; handle is what else it is found by (a URL's id).
create table lambda_setting (
    account text not null,
    region text not null,
    name text not null,
    kind text not null,
    qualifier text not null,
    handle text not null,
    body text not null,
    primary key (account, region, name, kind, qualifier)
);
create index lambda_setting_by_handle on lambda_setting (kind, handle);

create table lambda_layer (
    account text not null,
    region text not null,
    name text not null,
    last_version integer not null,
    primary key (account, region, name)
);

create table lambda_layer_version (
    account text not null,
    region text not null,
    name text not null,
    version integer not null,
    code_size integer not null,
    body text not null,
    primary key (account, region, name, version)
);

create table lambda_code_signing (
    account text not null,
    region text not null,
    id text not null,
    body text not null,
    primary key (account, region, id)
);

create table lambda_mapping (
    account text not null,
    region text not null,
    uuid text not null,
    function_arn text not null,
    source_arn text not null,
    state text not null,
    tags text not null,
    body text not null,
    primary key (account, region, uuid)
);
create index lambda_mapping_by_source on lambda_mapping (source_arn, function_arn);

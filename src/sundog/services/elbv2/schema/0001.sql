-- Load balancers, target groups, listeners and rules: the parent of a listener is its load balancer, of a rule its
-- listener; position orders them (port, priority); handle is the first label of a load balancer's DNS name.
create table elbv2_resource (
    account text not null,
    region text not null,
    arn text not null,
    kind text not null,
    name text not null,
    parent text not null,
    position integer not null,
    handle text not null,
    shape text not null,
    attributes text not null,
    tags text not null,
    created_ms integer not null,
    primary key (account, region, arn)
);
create index elbv2_resource_kind on elbv2_resource (account, region, kind, name);
create index elbv2_resource_parent on elbv2_resource (account, region, parent, position);
create index elbv2_resource_handle on elbv2_resource (handle);

create table elbv2_target (
    account text not null,
    region text not null,
    target_group text not null,
    id text not null,
    port integer not null,
    zone text not null,
    registered_ms integer not null,
    drained_ms integer not null default 0,
    primary key (account, region, target_group, id, port)
);

-- Items: APIs, domain names and VPC links are roots; everything else lies below one.
create table apigatewayv2_item (
    account text not null,
    region text not null,
    kind text not null,
    root text not null,
    parent text not null,
    id text not null,
    name text not null,
    body text not null,
    primary key (account, region, kind, parent, id)
);
create unique index apigatewayv2_item_name on apigatewayv2_item (account, region, kind, parent, name);
create index apigatewayv2_item_root on apigatewayv2_item (root);

-- What a deployment has frozen: apart from its item, because it is large and seldom read.
create table apigatewayv2_snapshot (
    account text not null,
    region text not null,
    api_id text not null,
    deployment_id text not null,
    document text not null,
    primary key (account, region, api_id, deployment_id)
);

-- Subscriptions over HTTP that were ended: their token restores them for as long as it is valid.
create table sns_ended (
    account text not null,
    region text not null,
    topic text not null,
    token text not null,
    subscription text not null,
    expires_ms integer not null,
    primary key (account, region, topic, token)
);
create index sns_ended_expires on sns_ended (expires_ms);

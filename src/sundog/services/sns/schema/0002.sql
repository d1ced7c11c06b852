-- What would have left this machine: mails, text messages, notifications for devices. The oldest are forgotten.
create table sns_outbox (
    id integer primary key autoincrement,
    account text not null,
    region text not null,
    kind text not null,
    sent_ms integer not null,
    body text not null
);

-- Small things of one account and region: text message settings, sandbox and opted-out telephone numbers,
-- platform applications and their endpoints.
create table sns_document (
    account text not null,
    region text not null,
    kind text not null,
    name text not null,
    body text not null,
    primary key (account, region, kind, name)
);

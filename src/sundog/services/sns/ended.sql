-- name: put_ended
insert into sns_ended (account, region, topic, token, subscription, expires_ms)
values (:account, :region, :topic, :token, :subscription, :expires_ms)
on conflict (account, region, topic, token) do update set expires_ms = excluded.expires_ms

-- name: ended
select * from sns_ended where account = :account and region = :region and topic = :topic and token = :token
    and expires_ms > :now_ms

-- name: delete_ended
delete from sns_ended where account = :account and region = :region and topic = :topic and token = :token

-- name: forget_ended
delete from sns_ended where expires_ms <= :now_ms

-- name: session
select * from sts_session where access_key_id = :access_key_id

-- name: insert_session
insert into sts_session
(access_key_id, account, region, kind, arn, user_id, secret, token, expires_ms, policies)
values (:access_key_id, :account, '', :kind, :arn, :user_id, :secret, :token, :expires_ms, :policies)

-- name: drop_sessions
delete from sts_session where access_key_id in (
    select access_key_id from sts_session where expires_ms < :before_ms order by expires_ms limit :count
)

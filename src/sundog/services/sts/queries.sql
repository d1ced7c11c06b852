-- name: session
select * from sts_session where access_key_id = :access_key_id

-- name: insert_session
insert into sts_session
(access_key_id, account, region, kind, arn, user_id, secret, token, expires_ms, policies)
values (:access_key_id, :account, '', :kind, :arn, :user_id, :secret, :token, :expires_ms, :policies)

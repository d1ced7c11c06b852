-- name: insert_topic
insert into sns_topic (account, region, name, attributes, tags, created_ms)
values (:account, :region, :name, :attributes, :tags, :created_ms)

-- name: topic
select * from sns_topic where account = :account and region = :region and name = :name

-- name: topics
select * from sns_topic where account = :account and region = :region and name > :after order by name limit :count

-- name: set_topic_attributes
update sns_topic set attributes = :attributes where account = :account and region = :region and name = :name

-- name: set_topic_tags
update sns_topic set tags = :tags where account = :account and region = :region and name = :name

-- name: set_data_protection
update sns_topic set data_protection = :policy where account = :account and region = :region and name = :name

-- name: count_unsubscribed
update sns_topic set unsubscribed = unsubscribed + 1 where account = :account and region = :region and name = :name

-- name: next_sequence
update sns_topic set sequence = sequence + :count where account = :account and region = :region and name = :name
returning sequence

-- name: delete_topic
delete from sns_topic where account = :account and region = :region and name = :name

-- name: delete_subscriptions
delete from sns_subscription where account = :account and region = :region and topic = :name

-- name: delete_duplicates
delete from sns_duplicate where account = :account and region = :region and topic = :name

-- name: insert_subscription
insert into sns_subscription (account, region, topic, id, protocol, endpoint, owner, principal, attributes, token,
    is_confirmed, was_authenticated, created_ms)
values (:account, :region, :topic, :id, :protocol, :endpoint, :owner, :principal, :attributes, :token,
    :is_confirmed, :was_authenticated, :created_ms)

-- name: subscription
select * from sns_subscription where account = :account and region = :region and topic = :topic and id = :id

-- name: subscription_at
select * from sns_subscription where account = :account and region = :region and topic = :topic
    and protocol = :protocol and endpoint = :endpoint

-- name: subscription_by_token
select * from sns_subscription where account = :account and region = :region and topic = :topic and token = :token

-- name: subscriptions_of_topic
select * from sns_subscription where account = :account and region = :region and topic = :topic and id > :after
order by id limit :count

-- name: subscriptions
select * from sns_subscription where account = :account and region = :region and id > :after order by id limit :count

-- name: subscription_counts
select is_confirmed, count(*) as number from sns_subscription
where account = :account and region = :region and topic = :topic group by is_confirmed

-- name: set_subscription_attributes
update sns_subscription set attributes = :attributes
where account = :account and region = :region and topic = :topic and id = :id

-- name: confirm_subscription
update sns_subscription set is_confirmed = 1, was_authenticated = :was_authenticated
where account = :account and region = :region and topic = :topic and id = :id

-- name: delete_subscription
delete from sns_subscription where account = :account and region = :region and topic = :topic and id = :id

-- name: duplicate
select * from sns_duplicate where account = :account and region = :region and topic = :topic
    and deduplication_id = :deduplication_id and expires_ms > :now_ms

-- name: put_duplicate
insert into sns_duplicate (account, region, topic, deduplication_id, message_id, sequence, expires_ms)
values (:account, :region, :topic, :deduplication_id, :message_id, :sequence, :expires_ms)
on conflict (account, region, topic, deduplication_id) do update set
    message_id = excluded.message_id, sequence = excluded.sequence, expires_ms = excluded.expires_ms

-- name: forget_duplicates
delete from sns_duplicate where expires_ms <= :now_ms

-- name: begin_archive
insert into sns_archive (account, region, topic, since_ms) values (:account, :region, :topic, :since_ms)
on conflict (account, region, topic) do nothing

-- name: archive
select * from sns_archive where account = :account and region = :region and topic = :topic

-- name: end_archive
delete from sns_archive where account = :account and region = :region and topic = :topic

-- name: keep
insert into sns_archived (account, region, topic, position, time_ms, message)
values (:account, :region, :topic, :position, :time_ms, :message)

-- name: forget_older
delete from sns_archived where account = :account and region = :region and topic = :topic and time_ms < :time_ms

-- name: forget_all
delete from sns_archived where account = :account and region = :region and topic = :topic

-- name: archived
select position, time_ms, message from sns_archived
where account = :account and region = :region and topic = :topic and position > :after
    and time_ms >= :oldest_ms
    and (position > :start_position or (time_ms >= :from_ms and time_ms <= :to_ms))
order by position limit :count

-- name: last_position
select sequence from sns_topic where account = :account and region = :region and name = :topic

-- name: put_replay
insert into sns_replay (account, region, topic, subscription, status, from_ms, to_ms, start_position, position)
values (:account, :region, :topic, :subscription, 'Pending', :from_ms, :to_ms, :start_position, 0)
on conflict (account, region, topic, subscription) do update set
    status = excluded.status, from_ms = excluded.from_ms, to_ms = excluded.to_ms,
    start_position = excluded.start_position, position = excluded.position

-- name: replay
select * from sns_replay
where account = :account and region = :region and topic = :topic and subscription = :subscription

-- name: running_replays
select subscription from sns_replay
where account = :account and region = :region and topic = :topic and status in ('Pending', 'In progress')

-- name: move_replay
update sns_replay set status = :status, position = :position
where account = :account and region = :region and topic = :topic and subscription = :subscription

-- name: fail_replays
update sns_replay set status = 'Failed'
where account = :account and region = :region and topic = :topic and status in ('Pending', 'In progress')

-- name: forget_replay
delete from sns_replay
where account = :account and region = :region and topic = :topic and subscription = :subscription

-- name: forget_replays
delete from sns_replay where account = :account and region = :region and topic = :topic

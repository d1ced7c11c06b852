-- name: pipe
select * from pipes_pipe where account = :account and region = :region and name = :name

-- name: running_pipes
select * from pipes_pipe where current_state = 'RUNNING'

-- name: pipes
select * from pipes_pipe
where account = :account and region = :region and name > :after
    and name >= :prefix and name < :prefix_end
    and source >= :source and source < :source_end and target >= :target and target < :target_end
    and (:desired = '' or desired_state = :desired) and (:current = '' or current_state = :current)
order by name limit :count

-- name: count_pipes
select count(*) as count from pipes_pipe where account = :account and region = :region

-- name: insert_pipe
insert into pipes_pipe
    (account, region, name, revision, source, target, body, desired_state, current_state, reason, tags,
     created_ms, modified_ms)
values
    (:account, :region, :name, :revision, :source, :target, :body, :desired, :current, :reason, :tags,
     :created_ms, :modified_ms)

-- name: update_pipe
update pipes_pipe
set revision = :revision, source = :source, target = :target, body = :body, desired_state = :desired,
    current_state = :current, reason = :reason, tags = :tags, created_ms = :created_ms,
    modified_ms = :modified_ms
where account = :account and region = :region and name = :name

-- name: delete_pipe
delete from pipes_pipe where account = :account and region = :region and name = :name


-- Checkpoints of streams

-- name: checkpoint
select * from pipes_checkpoint
where account = :account and region = :region and name = :name and shard = :shard

-- name: keep_checkpoint
insert into pipes_checkpoint (account, region, name, shard, position, attempts, count_max)
values (:account, :region, :name, :shard, :position, :attempts, :count_max)
on conflict (account, region, name, shard) do update set
    position = excluded.position, attempts = excluded.attempts, count_max = excluded.count_max

-- name: delete_checkpoints
delete from pipes_checkpoint where account = :account and region = :region and name = :name

-- Groups

-- name: group
select * from scheduler_group where account = :account and region = :region and name = :name

-- name: groups
select * from scheduler_group
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
order by name limit :count

-- name: count_groups
select count(*) as count from scheduler_group where account = :account and region = :region

-- name: insert_group
insert into scheduler_group (account, region, name, state, tags, created_ms, modified_ms)
values (:account, :region, :name, :state, :tags, :now_ms, :now_ms)

-- name: set_group_state
update scheduler_group set state = :state, modified_ms = :now_ms
where account = :account and region = :region and name = :name

-- name: tag_group
update scheduler_group set tags = :tags where account = :account and region = :region and name = :name

-- name: delete_group
delete from scheduler_group where account = :account and region = :region and name = :name


-- Schedules

-- name: schedule
select * from scheduler_schedule
where account = :account and region = :region and group_name = :group_name and name = :name

-- name: schedules
select * from scheduler_schedule
where account = :account and region = :region
    and (:one_group = '' or group_name = :one_group) and (:state = '' or state = :state)
    and name >= :prefix and name < :prefix_end
    and (group_name > :after_group or (group_name = :after_group and name > :after_name))
order by group_name, name limit :count

-- name: count_schedules
select count(*) as count from scheduler_schedule where account = :account and region = :region

-- name: insert_schedule
insert into scheduler_schedule
    (account, region, group_name, name, revision, state, body, anchor_ms, created_ms, modified_ms)
values
    (:account, :region, :group_name, :name, :revision, :state, :body, :anchor_ms, :created_ms, :modified_ms)

-- name: update_schedule
update scheduler_schedule
set revision = :revision, state = :state, body = :body, anchor_ms = :anchor_ms, created_ms = :created_ms,
    modified_ms = :modified_ms
where account = :account and region = :region and group_name = :group_name and name = :name

-- name: delete_schedule
delete from scheduler_schedule
where account = :account and region = :region and group_name = :group_name and name = :name


-- Client tokens

-- name: token
select * from scheduler_token where account = :account and region = :region and token = :token

-- name: forget_tokens
delete from scheduler_token where until_ms <= :now_ms

-- name: insert_token
insert into scheduler_token (account, region, token, subject, until_ms)
values (:account, :region, :token, :subject, :until_ms)

-- name: put_machine
insert into states_machine (account, region, name, body, tags, created_ms)
values (:account, :region, :name, :body, :tags, :created_ms)
on conflict (account, region, name) do update set body = excluded.body, tags = excluded.tags

-- name: machine
select * from states_machine where account = :account and region = :region and name = :name

-- name: machines
select * from states_machine where account = :account and region = :region and name > :after
order by name limit :count

-- name: delete_machine
delete from states_machine where account = :account and region = :region and name = :name

-- name: put_activity
insert into states_activity (account, region, name, body, tags, created_ms)
values (:account, :region, :name, :body, :tags, :created_ms)
on conflict (account, region, name) do update set body = excluded.body, tags = excluded.tags

-- name: activity
select * from states_activity where account = :account and region = :region and name = :name

-- name: activities
select * from states_activity where account = :account and region = :region and name > :after
order by name limit :count

-- name: delete_activity
delete from states_activity where account = :account and region = :region and name = :name

-- name: insert_execution
insert into states_execution
    (account, region, machine, name, arn, status, started_ms, stopped_ms, body, state, definition_id)
values
    (:account, :region, :machine, :name, :arn, :status, :started_ms, :stopped_ms, :body, :state, :definition_id)

-- name: keep_definition
insert into states_definition (id, text) values (:id, :text) on conflict (id) do nothing

-- name: execution
select e.*, d.text as definition from states_execution e left join states_definition d on d.id = e.definition_id
where e.arn = :arn

-- name: save_execution
update states_execution set status = :status, stopped_ms = :stopped_ms, body = :body, state = :state where arn = :arn

-- name: executions
select * from states_execution where account = :account and region = :region and machine = :machine and id < :before
    and (status = :status or :status = '') order by id desc limit :count

-- name: running_executions
select arn from states_execution where account = :account and region = :region and machine = :machine
    and status = 'RUNNING'

-- name: forget_history
delete from states_history where arn in (select arn from states_execution where stopped_ms < :before_ms)

-- name: forget_executions
delete from states_execution where stopped_ms < :before_ms

-- name: delete_history_of_machine
delete from states_history where arn in (select arn from states_execution
    where account = :account and region = :region and machine = :machine)

-- name: delete_executions_of_machine
delete from states_execution where account = :account and region = :region and machine = :machine

-- name: put_history
insert into states_history (arn, first_id, events) values (:arn, :first_id, :events)

-- name: history
select * from states_history where arn = :arn order by first_id

-- name: insert_task
insert into states_task (token, account, region, arn, frame, activity, input, heartbeat_s, is_taken, created_ms)
values (:token, :account, :region, :arn, :frame, :activity, :input, :heartbeat_s, :is_taken, :created_ms)

-- name: task
select * from states_task where token = :token

-- name: next_task
select * from states_task where activity = :activity and is_taken = 0 order by created_ms, token limit 1

-- name: take_task
update states_task set is_taken = 1 where token = :token and is_taken = 0

-- name: delete_task
delete from states_task where token = :token

-- name: execution
select * from states_execution where arn = :arn for update

-- name: next_task
select * from states_task where activity = :activity and is_taken = 0 order by created_ms, token limit 1
for update skip locked

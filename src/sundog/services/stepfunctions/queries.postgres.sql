-- name: execution
select e.*, d.text as definition from states_execution e left join states_definition d on d.id = e.definition_id
where e.arn = :arn for update of e

-- name: next_task
select * from states_task where activity = :activity and is_taken = 0 order by created_ms, token limit 1
for update skip locked

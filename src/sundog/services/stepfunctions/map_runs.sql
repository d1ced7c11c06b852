-- name: insert_map_run
insert into states_map_run
    (arn, account, region, execution, status, started_ms, max_concurrency, tolerated_count,
     tolerated_percentage, body)
values
    (:arn, :account, :region, :execution, 'RUNNING', :started_ms, :max_concurrency, :tolerated_count,
     :tolerated_percentage, :body)

-- name: map_run
select * from states_map_run where arn = :arn

-- name: map_runs
select * from states_map_run where execution = :execution order by started_ms, arn

-- name: set_map_run
update states_map_run set max_concurrency = :max_concurrency, tolerated_count = :tolerated_count,
    tolerated_percentage = :tolerated_percentage
where arn = :arn

-- name: end_map_run
update states_map_run set status = :status, stopped_ms = :now_ms where arn = :arn and status = 'RUNNING'

-- name: save_map_run
update states_map_run set body = :body where arn = :arn

-- name: restart_map_run
update states_map_run set status = 'RUNNING', stopped_ms = null, body = :body where arn = :arn

-- name: insert_item
insert into states_map_item (map_run, number, status, payload, items)
values (:map_run, :number, 'PENDING', :payload, :items)

-- name: count_items
select status, count(*) as count, sum(items) as items from states_map_item where map_run = :map_run
group by status

-- name: next_items
select number, status, execution, payload from states_map_item
where map_run = :map_run and status in ('PENDING', 'PENDING_REDRIVE') order by number limit :count

-- name: redrive_items
update states_map_item set status = case when execution is null then 'PENDING' else 'PENDING_REDRIVE' end
where map_run = :map_run and status in ('FAILED', 'TIMED_OUT', 'ABORTED')

-- name: start_item
update states_map_item set status = 'RUNNING', execution = :execution
where map_run = :map_run and number = :number

-- name: end_item
update states_map_item set status = :status, payload = :payload
where map_run = :map_run and number = :number and status = 'RUNNING'

-- name: items_of_status
select number, execution, payload from states_map_item where map_run = :map_run and status = :status
order by number

-- name: abort_pending
update states_map_item set status = 'ABORTED'
where map_run = :map_run and status in ('PENDING', 'PENDING_REDRIVE')

-- name: results
select i.number, i.status, i.payload, e.body, e.arn, e.name, e.machine, e.account, e.region, e.started_ms,
    e.stopped_ms
from states_map_item i left join states_execution e on e.arn = i.execution
where i.map_run = :map_run order by i.number

-- name: children
select e.* from states_execution e join states_map_item i on i.execution = e.arn
where i.map_run = :map_run and e.id < :before and (e.status = :status or :status = '')
order by e.id desc limit :count

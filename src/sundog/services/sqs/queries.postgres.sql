-- name: queue_for_update
select * from sqs_queue where account = :account and region = :region and name = :name for update

-- name: claim_messages
with claimed as materialized (
    select id from sqs_message
    where pile = :pile and visible_ms <= :now_ms and sent_ms > :expired_ms
    order by visible_ms, id limit :count for update skip locked)
update sqs_message set
    visible_ms = :hidden_ms, receive_count = receive_count + 1,
    first_receive_ms = coalesce(first_receive_ms, :now_ms), received_ms = :now_ms
from claimed where sqs_message.id = claimed.id
returning sqs_message.*

-- name: message_state
select id, visible_ms, receive_count, received_ms, fifo_group from sqs_message
where id = :id and message_id = :message_id and pile = :pile for update

-- name: lock_group
select group_id from sqs_group where pile = :pile and group_id = :group_id for update

-- name: ready_groups
select group_id from sqs_group
where pile = :pile and visible_ms <= :now_ms order by visible_ms limit :count for update skip locked

-- name: move_task
select * from sqs_move_task where account = :account and region = :region and task_id = :task_id for update

-- name: movable_messages
select * from sqs_message where pile = :pile and visible_ms <= :now_ms and sent_ms > :expired_ms
order by visible_ms, id limit :count for update skip locked

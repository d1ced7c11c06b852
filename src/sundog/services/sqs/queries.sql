-- Queues

-- name: queue_version
select id, version from sqs_queue where account = :account and region = :region and name = :name

-- name: queue
select * from sqs_queue where account = :account and region = :region and name = :name

-- name: queue_for_update
select * from sqs_queue where account = :account and region = :region and name = :name

-- name: insert_queue
insert into sqs_queue
    (account, region, name, version, pile, secret, is_fifo, attributes, tags, retention_ms,
     dead_letter_arn, created_ms, modified_ms)
values
    (:account, :region, :name, 1, :pile, :secret, :is_fifo, :attributes, :tags, :retention_ms,
     :dead_letter_arn, :now_ms, :now_ms)

-- name: set_attributes
update sqs_queue set
    version = version + 1, attributes = :attributes, retention_ms = :retention_ms,
    dead_letter_arn = :dead_letter_arn, former_scope = :former_scope,
    scope_changed_ms = :scope_changed_ms, modified_ms = :now_ms
where id = :id

-- name: set_tags
update sqs_queue set version = version + 1, tags = :tags where id = :id

-- name: set_pile
update sqs_queue set version = version + 1, pile = :pile, purged_ms = :now_ms where id = :id

-- name: delete_queue
delete from sqs_queue where id = :id

-- name: queues
select account, region, name from sqs_queue
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
order by name limit :count

-- name: dead_letter_sources
select account, region, name from sqs_queue
where dead_letter_arn = :arn and name > :after order by name limit :count

-- name: insert_pile
insert into sqs_pile (queue_name) values (:queue_name) returning id

-- name: drop_pile
delete from sqs_pile where id = :pile

-- name: remember_deleted
insert into sqs_deleted_queue (account, region, name, deleted_ms) values (:account, :region, :name, :now_ms)
on conflict (account, region, name) do update set deleted_ms = excluded.deleted_ms

-- name: deleted_queue
select deleted_ms from sqs_deleted_queue where account = :account and region = :region and name = :name

-- name: forget_deleted
delete from sqs_deleted_queue where account = :account and region = :region and name = :name


-- Messages

-- name: insert_message
insert into sqs_message
    (pile, visible_ms, sent_ms, message_id, body, body_md5, attributes, system, group_id)
values
    (:pile, :visible_ms, :sent_ms, :message_id, :body, :body_md5, :attributes, :system, :group_id)

-- name: insert_fifo_message
insert into sqs_message
    (pile, visible_ms, sent_ms, message_id, body, body_md5, attributes, system, group_id, fifo_group)
values
    (:pile, :visible_ms, :sent_ms, :message_id, :body, :body_md5, :attributes, :system, :group_id, :group_id)
returning id

-- name: claim_messages
update sqs_message set
    visible_ms = :hidden_ms, receive_count = receive_count + 1,
    first_receive_ms = coalesce(first_receive_ms, :now_ms), received_ms = :now_ms
where id in (
    select id from sqs_message
    where pile = :pile and visible_ms <= :now_ms and sent_ms > :expired_ms
    order by visible_ms, id limit :count)
returning *

-- name: claim_message
update sqs_message set
    visible_ms = :hidden_ms, receive_count = receive_count + 1,
    first_receive_ms = coalesce(first_receive_ms, :now_ms), received_ms = :now_ms
where id = :id

-- name: message
select * from sqs_message where id = :id

-- name: message_state
select id, visible_ms, receive_count, received_ms, fifo_group from sqs_message
where id = :id and message_id = :message_id and pile = :pile

-- name: group_of_message
select fifo_group from sqs_message where id = :id and message_id = :message_id and pile = :pile

-- name: set_visible
update sqs_message set visible_ms = :visible_ms where id = :id

-- name: delete_message
delete from sqs_message where id = :id and message_id = :message_id and pile = :pile

-- name: next_visible
select visible_ms from sqs_message
where pile = :pile and visible_ms > :now_ms order by visible_ms limit 1

-- name: next_group_visible
select visible_ms from sqs_group
where pile = :pile and visible_ms > :now_ms order by visible_ms limit 1

-- name: move_message
insert into sqs_message
    (pile, visible_ms, sent_ms, message_id, body, body_md5, attributes, system, group_id, fifo_group,
     receive_count, first_receive_ms)
select
    :pile, :visible_ms, :sent_ms, :message_id, body, body_md5, attributes, :system, group_id, :fifo_group,
    :receive_count, :first_receive_ms
from sqs_message where id = :id

-- name: forget_message
delete from sqs_message where id = :id

-- name: count_visible
select count(*) as visible from (
    select 1 from sqs_message where pile = :pile and visible_ms <= :now_ms limit :count) as found

-- name: count_hidden
select
    coalesce(sum(case when receive_count > 0 then 1 else 0 end), 0) as in_flight,
    coalesce(sum(case when receive_count = 0 then 1 else 0 end), 0) as delayed
from sqs_message where pile = :pile and visible_ms > :now_ms

-- name: count_expired
select count(*) as expired from (
    select 1 from sqs_message where pile = :pile and sent_ms <= :expired_ms limit :count) as found

-- name: oldest_sent
select sent_ms from sqs_message where pile = :pile and sent_ms > :expired_ms order by sent_ms limit 1


-- Groups of FIFO queues. Whoever changes a group's messages holds its row.

-- name: enter_group
insert into sqs_group (pile, group_id, visible_ms) values (:pile, :group_id, :visible_ms)
on conflict (pile, group_id) do update set visible_ms = sqs_group.visible_ms

-- name: lock_group
select group_id from sqs_group where pile = :pile and group_id = :group_id

-- name: ready_groups
select group_id from sqs_group
where pile = :pile and visible_ms <= :now_ms order by visible_ms limit :count

-- name: group_messages
select * from sqs_message where pile = :pile and fifo_group = :group_id order by id limit :count

-- name: refresh_group
update sqs_group set visible_ms = (
    select m.visible_ms from sqs_message m
    where m.pile = :pile and m.fifo_group = :group_id order by m.id limit 1)
where pile = :pile and group_id = :group_id

-- name: leave_group
delete from sqs_group where pile = :pile and group_id = :group_id and not exists (
    select 1 from sqs_message m where m.pile = :pile and m.fifo_group = :group_id)


-- Deduplication and receive attempts

-- name: remember_deduplication
insert into sqs_deduplication (queue_id, scope, deduplication_id, expires_ms, message_id, sequence)
values (:queue_id, :scope, :deduplication_id, :expires_ms, :message_id, 0)
on conflict (queue_id, scope, deduplication_id) do update set
    expires_ms = excluded.expires_ms, message_id = excluded.message_id, sequence = 0
where sqs_deduplication.expires_ms <= :now_ms

-- name: set_deduplication_sequence
update sqs_deduplication set sequence = :sequence
where queue_id = :queue_id and scope = :scope and deduplication_id = :deduplication_id

-- name: deduplication
select message_id, sequence from sqs_deduplication
where queue_id = :queue_id and scope = :scope and deduplication_id = :deduplication_id

-- name: remember_attempt
insert into sqs_attempt (queue_id, attempt_id, expires_ms, claims)
values (:queue_id, :attempt_id, :expires_ms, :claims)
on conflict (queue_id, attempt_id) do update set
    expires_ms = excluded.expires_ms, claims = excluded.claims

-- name: attempt
select claims from sqs_attempt
where queue_id = :queue_id and attempt_id = :attempt_id and expires_ms > :now_ms


-- Sweeping, in bounded steps

-- name: queues_with_expired
select q.* from sqs_queue q
where q.id > :after and exists (
    select 1 from sqs_message m where m.pile = q.pile and m.sent_ms <= :now_ms - q.retention_ms)
order by q.id limit :count

-- name: expired_messages
select id, fifo_group from sqs_message where pile = :pile and sent_ms <= :expired_ms
order by sent_ms limit :count

-- name: drop_pile_messages
delete from sqs_message where id in (select id from sqs_message where pile = :pile limit :count)

-- name: drop_pile_groups
delete from sqs_group where pile = :pile and group_id in (
    select group_id from sqs_group where pile = :pile limit :count)

-- name: drop_deduplications
delete from sqs_deduplication where expires_ms <= :now_ms

-- name: drop_attempts
delete from sqs_attempt where expires_ms <= :now_ms

-- name: drop_deleted_queues
delete from sqs_deleted_queue where deleted_ms <= :before_ms


-- Message move tasks

-- name: insert_move_task
insert into sqs_move_task
    (account, region, task_id, source_arn, destination_arn, rate, status, moved, to_move, failure, started_ms)
values
    (:account, :region, :task_id, :source_arn, :destination_arn, :rate, 'RUNNING', 0, :to_move, '', :now_ms)

-- name: move_task
select * from sqs_move_task where account = :account and region = :region and task_id = :task_id

-- name: move_tasks
select * from sqs_move_task
where account = :account and region = :region and source_arn = :source_arn order by id desc limit :count

-- name: running_move_task
select id from sqs_move_task
where account = :account and region = :region and source_arn = :source_arn
    and status in ('RUNNING', 'CANCELLING')
limit 1

-- name: set_move_task
update sqs_move_task set status = :status, moved = :moved, failure = :failure where id = :id

-- name: trim_move_tasks
delete from sqs_move_task
where account = :account and region = :region and source_arn = :source_arn and id not in (
    select id from sqs_move_task
    where account = :account and region = :region and source_arn = :source_arn
    order by id desc limit :count)

-- name: movable_messages
select * from sqs_message where pile = :pile and visible_ms <= :now_ms and sent_ms > :expired_ms
order by visible_ms, id limit :count

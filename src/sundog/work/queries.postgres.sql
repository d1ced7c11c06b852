-- name: lock_order
-- Whoever adds to an order and whoever takes its head away must see each other.
select pg_advisory_xact_lock(hashtextextended(:kind::text || '/' || :order_key::text, 0))

-- name: ready_kinds
select
    wanted.kind as kind,
    (
        select min(work.due_ms) from work
        where work.kind = wanted.kind and work.owner = '' and work.blocked = 0
    ) as due_ms
from jsonb_array_elements_text(:kinds::jsonb) as wanted (kind)

-- name: claim_work
update work set owner = :owner, lease_ms = :lease_ms, attempt = attempt + 1
where id in (
    select id from work
    where kind = :kind and owner = '' and blocked = 0 and due_ms <= :now_ms
    order by due_ms, id limit :count
    for update skip locked
)
returning id, kind, key, order_key, account, region, payload, attempt, created_ms, due_ms

-- name: is_mine
select 1 as mine from work where id = :id and owner = :owner and attempt = :attempt for update

-- name: put_work
insert into work
    (kind, key, order_key, account, region, payload, created_ms, due_ms, attempt, blocked, owner, lease_ms)
values (
    :kind, :key, :order_key, :account, :region, :payload, :due_ms, :due_ms, 0,
    case when exists (select 1 from work where kind = :kind and order_key = :order_key) then 1 else 0 end,
    '', 0
)
on conflict (kind, key) where key is not null do update set
    account = excluded.account, region = excluded.region, payload = excluded.payload,
    created_ms = excluded.created_ms, due_ms = excluded.due_ms, attempt = 0, owner = '', lease_ms = 0

-- name: put_plain_work
insert into work
    (kind, account, region, payload, created_ms, due_ms, attempt, blocked, owner, lease_ms)
values (:kind, :account, :region, :payload, :created_ms, :due_ms, 0, 0, '', 0)

-- name: cancel_work
delete from work where kind = :kind and key = :key

-- name: finish_work
delete from work where id = :id

-- name: finish_mine
delete from work where id = :id and owner = :owner and attempt = :attempt

-- name: postpone_work
update work set due_ms = :due_ms, payload = :payload, owner = '', lease_ms = 0 where id = :id

-- name: lock_order
-- On SQLite transactions follow one another anyway.
select 1 as locked where :kind is not null and :order_key is not null

-- name: unblock_next
update work set blocked = 0 where id = (
    select min(id) from work where kind = :kind and order_key = :order_key
)

-- name: ready_kinds
select
    wanted.value as kind,
    (
        select min(work.due_ms) from work
        where work.kind = wanted.value and work.owner = '' and work.blocked = 0
    ) as due_ms
from json_each(:kinds) as wanted

-- name: claim_work
update work set owner = :owner, lease_ms = :lease_ms, attempt = attempt + 1
where id in (
    select id from work
    where kind = :kind and owner = '' and blocked = 0 and due_ms <= :now_ms
    order by due_ms, id limit :count
)
returning id, kind, key, order_key, account, region, payload, attempt, created_ms, due_ms

-- name: is_mine
select 1 as mine from work where id = :id and owner = :owner and attempt = :attempt

-- name: fail_work
update work set owner = '', lease_ms = 0, due_ms = :due_ms
where id = :id and owner = :owner and attempt = :attempt

-- name: release_work
update work set owner = '', lease_ms = 0 where owner = :owner

-- name: release_all_work
update work set owner = '', lease_ms = 0 where owner <> ''

-- name: renew_leases
update work set lease_ms = :lease_ms where owner = :owner

-- name: release_expired_work
update work set owner = '', lease_ms = 0 where owner <> '' and lease_ms < :wall_ms

-- name: put_work
insert into work (kind, key, order_key, account, region, payload, due_ms, attempt, lease_ms, owner)
values (:kind, :key, :order_key, :account, :region, :payload, :due_ms, 0, 0, '')
on conflict (kind, key) do update set
    order_key = excluded.order_key, account = excluded.account, region = excluded.region,
    payload = excluded.payload, due_ms = excluded.due_ms, attempt = 0, lease_ms = 0, owner = ''

-- name: cancel_work
delete from work where kind = :kind and key = :key

-- name: finish_work
delete from work where id = :id

-- name: postpone_work
update work set due_ms = :due_ms, payload = :payload, lease_ms = 0, owner = '' where id = :id

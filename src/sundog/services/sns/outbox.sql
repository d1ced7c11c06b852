-- name: put_sent
insert into sns_outbox (account, region, kind, sent_ms, body) values (:account, :region, :kind, :sent_ms, :body)

-- name: forget_sent
delete from sns_outbox where id <= (select max(id) from sns_outbox) - :kept

-- name: sent
select * from sns_outbox where kind = :kind or :kind = '' order by id desc limit :count

-- name: sent_one
select * from sns_outbox where id = :id

-- name: put_document
insert into sns_document (account, region, kind, name, body) values (:account, :region, :kind, :name, :body)
on conflict (account, region, kind, name) do update set body = excluded.body

-- name: document
select * from sns_document where account = :account and region = :region and kind = :kind and name = :name

-- name: documents
select * from sns_document where account = :account and region = :region and kind = :kind and name > :after
order by name limit :count

-- name: delete_document
delete from sns_document where account = :account and region = :region and kind = :kind and name = :name

-- name: item
select * from iam_item
where account = :account and region = '' and kind = :kind and owner = :owner and name_key = :name_key

-- name: items
select * from iam_item
where account = :account and region = '' and kind = :kind and owner = :owner order by name_key

-- name: items_of_kind
select * from iam_item where account = :account and region = '' and kind = :kind order by name_key, owner

-- name: items_named
select * from iam_item
where account = :account and region = '' and kind = :kind and name_key = :name_key order by owner

-- name: access_key
select * from iam_item where kind = 'access_key' and name_key = :name_key

-- name: insert_item
insert into iam_item (account, region, kind, owner, name, name_key, path, unique_id, created_ms, body)
values (:account, '', :kind, :owner, :name, :name_key, :path, :unique_id, :created_ms, :body)

-- name: update_item
update iam_item
set owner = :owner, name = :name, name_key = :name_key, path = :path, body = :body where id = :id

-- name: rename_owner
update iam_item set owner = :new_owner
where account = :account and region = '' and kind = :kind and owner = :owner

-- name: delete_item
delete from iam_item where id = :id

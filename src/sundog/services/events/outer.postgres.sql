-- name: lock_archive
select * from events_archive where account = :account and region = :region and name = :name for update

-- name: lock_archive_by_id
select * from events_archive where id = :id for update

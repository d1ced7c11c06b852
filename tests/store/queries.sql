-- name: insert_thing
insert into thing (name, value) values (:name, :value)

-- name: insert_thing_returning
insert into thing (name, value) values (:name, :value) returning id

-- name: insert_full
insert into thing (name, value, data, weight) values (:name, :value, :data, :weight)

-- name: things
select * from thing order by name

-- name: thing
select * from thing where name = :name

-- name: set_value
update thing set value = :value where name = :name

-- name: add_value
update thing set value = value + :value where name = :name

-- name: delete_thing
delete from thing where name = :name

-- name: sum_values
select sum(value) as total, count(*) as count from thing

-- name: wrong
select * from no_such_table

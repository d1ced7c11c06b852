-- name: metric
select * from cloudwatch_metric
where account = :account and region = :region and namespace = :namespace and name = :name
    and dimensions = :dimensions

-- name: insert_metric
insert into cloudwatch_metric (account, region, namespace, name, dimensions, first_ms, last_ms)
values (:account, :region, :namespace, :name, :dimensions, :time_ms, :time_ms)
on conflict (account, region, namespace, name, dimensions) do nothing

-- name: touch_metric
update cloudwatch_metric set last_ms = :time_ms where id = :id and last_ms < :time_ms

-- name: metrics
select * from cloudwatch_metric
where account = :account and region = :region and (namespace, name, dimensions) > (:namespace, :name, :dimensions)
    and last_ms >= :since_ms
order by namespace, name, dimensions limit :count

-- name: metrics_in_namespace
select * from cloudwatch_metric
where account = :account and region = :region and namespace = :in_namespace
    and (name, dimensions) > (:name, :dimensions) and last_ms >= :since_ms
order by namespace, name, dimensions limit :count

-- name: metrics_of_name
select * from cloudwatch_metric
where account = :account and region = :region and namespace = :in_namespace and name = :of_name
    and dimensions > :dimensions and last_ms >= :since_ms
order by namespace, name, dimensions limit :count

-- name: forget_metrics
delete from cloudwatch_metric where id in (
    select id from cloudwatch_metric where last_ms < :before_ms order by id limit :count
)

-- name: put_sample
insert into cloudwatch_sample (metric_id, start_ms, tier_s, unit, is_set, bucket, count, total, low, high)
values (:metric_id, :start_ms, :tier_s, :unit, :is_set, :bucket, :count, :total, :low, :high)
on conflict (metric_id, start_ms, tier_s, unit, is_set, bucket) do update set
    count = cloudwatch_sample.count + excluded.count,
    total = cloudwatch_sample.total + excluded.total,
    low = case when excluded.low < cloudwatch_sample.low then excluded.low else cloudwatch_sample.low end,
    high = case when excluded.high > cloudwatch_sample.high then excluded.high else cloudwatch_sample.high end

-- name: totals
select start_ms, unit, sum(count) as count, sum(total) as total, min(low) as low, max(high) as high
from cloudwatch_sample
where metric_id = :metric_id and start_ms >= :from_ms and start_ms < :to_ms and tier_s <= :tier_s
group by start_ms, unit order by start_ms, unit

-- name: samples
select start_ms, unit, is_set, count, total, low, high
from cloudwatch_sample
where metric_id = :metric_id and start_ms >= :from_ms and start_ms < :to_ms and tier_s <= :tier_s
order by start_ms, unit, is_set, bucket

-- name: aged_samples
select * from cloudwatch_sample where tier_s = :tier_s and start_ms < :before_ms
order by start_ms, metric_id limit :count

-- name: drop_sample
delete from cloudwatch_sample
where metric_id = :metric_id and start_ms = :start_ms and tier_s = :tier_s and unit = :unit
    and is_set = :is_set and bucket = :bucket

-- name: alarm
select * from cloudwatch_alarm where account = :account and region = :region and name = :name

-- name: touch_alarm
update cloudwatch_alarm set version = version + 1
where account = :account and region = :region and name = :name

-- name: alarms
select * from cloudwatch_alarm
where account = :account and region = :region and name > :after and name >= :prefix and name < :prefix_end
order by name limit :count

-- name: alarms_of_metric
select * from cloudwatch_alarm
where account = :account and region = :region and metric = :metric and name > :after
order by name limit :count

-- name: put_alarm
insert into cloudwatch_alarm (account, region, name, type, configuration, metric, state, reason,
    actions_enabled, configured_ms, updated_ms, transitioned_ms, tags)
values (:account, :region, :name, :type, :configuration, :metric, 'INSUFFICIENT_DATA',
    'Unchecked: Initial alarm creation', :actions_enabled, :now_ms, :now_ms, :now_ms, :tags)
on conflict (account, region, name) do update set
    configuration = excluded.configuration, metric = excluded.metric,
    actions_enabled = excluded.actions_enabled, configured_ms = excluded.configured_ms

-- name: set_state
update cloudwatch_alarm set state = :state, reason = :reason, reason_data = :reason_data,
    updated_ms = :updated_ms, transitioned_ms = :transitioned_ms
where id = :id

-- name: set_actions_enabled
update cloudwatch_alarm set actions_enabled = :is_enabled, configured_ms = :now_ms where id = :id

-- name: set_alarm_tags
update cloudwatch_alarm set tags = :tags where id = :id

-- name: delete_alarm
delete from cloudwatch_alarm where id = :id

-- name: parents
select parent from cloudwatch_alarm_child
where account = :account and region = :region and child = :child order by parent

-- name: insert_child
insert into cloudwatch_alarm_child (account, region, child, parent)
values (:account, :region, :child, :parent) on conflict (account, region, child, parent) do nothing

-- name: delete_children
delete from cloudwatch_alarm_child where account = :account and region = :region and parent = :parent

-- name: insert_history
insert into cloudwatch_history (account, region, alarm, alarm_type, type, happened_ms, summary, data)
values (:account, :region, :alarm, :alarm_type, :type, :happened_ms, :summary, :data)

-- name: history
select * from cloudwatch_history
where account = :account and region = :region and happened_ms >= :from_ms and happened_ms <= :to_ms
    and (cast(:alarm as text) = '' or alarm = :alarm) and (cast(:type as text) = '' or type = :type)
    and (happened_ms > :after_ms or (happened_ms = :after_ms and id > :after))
order by happened_ms, id limit :count

-- name: history_descending
select * from cloudwatch_history
where account = :account and region = :region and happened_ms >= :from_ms and happened_ms <= :to_ms
    and (cast(:alarm as text) = '' or alarm = :alarm) and (cast(:type as text) = '' or type = :type)
    and (happened_ms < :after_ms or (happened_ms = :after_ms and id < :after))
order by happened_ms desc, id desc limit :count

-- name: forget_history
delete from cloudwatch_history where id in (
    select id from cloudwatch_history where happened_ms < :before_ms order by id limit :count
)

-- name: dashboard
select * from cloudwatch_dashboard where account = :account and name = :name

-- name: dashboards
select * from cloudwatch_dashboard
where account = :account and name > :after and name >= :prefix and name < :prefix_end
order by name limit :count

-- name: put_dashboard
insert into cloudwatch_dashboard (account, name, body, modified_ms, tags)
values (:account, :name, :body, :now_ms, :tags)
on conflict (account, name) do update set body = excluded.body, modified_ms = excluded.modified_ms

-- name: set_dashboard_tags
update cloudwatch_dashboard set tags = :tags where account = :account and name = :name

-- name: delete_dashboard
delete from cloudwatch_dashboard where account = :account and name = :name

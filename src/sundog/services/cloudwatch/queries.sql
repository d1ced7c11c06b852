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

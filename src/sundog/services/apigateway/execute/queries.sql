-- name: everything_of_kind
select * from apigateway_item where kind = :kind order by number

-- name: keys_of_plans
select k.account, k.region, k.owner as plan_id, p.body as plan
from apigateway_item k
join apigateway_item p on p.account = k.account and p.region = k.region
    and p.kind = 'usage_plan' and p.owner = '' and p.id = k.owner
where k.account = :account and k.region = :region and k.kind = 'usage_plan_key' and k.id = :key_id
order by p.number

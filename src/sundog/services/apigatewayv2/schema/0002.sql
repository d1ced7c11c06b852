-- Indexes that hold the whole of what is asked, for a planner without statistics.
drop index apigatewayv2_item_root;
create index apigatewayv2_item_of_root on apigatewayv2_item (account, region, root, kind, parent, id);
create index apigatewayv2_item_root on apigatewayv2_item (kind, root);

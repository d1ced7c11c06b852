"""What answers the deployed stages of REST APIs: a request on its way through named stages.

`face.Face` finds API, stage and method (`directory`, `program`, `routing`) and makes a frozen `call.Call` of
the request. `pipeline` leads it through the stages in AWS's order: `access` (policy, authorizer, key, plan),
`checking` (parameters, models), `integration_request`, `integrating`, `integration_response`. What refuses
raises a `failures.Refusal`, which becomes the API's gateway response. A deployment is compiled once.
"""

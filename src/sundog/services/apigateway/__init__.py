"""API Gateway, REST APIs (v1): the control plane, and in ``execute`` what answers deployed APIs.

Promises: everything an API, a stage, a plan or an account has is a row (`model.Item`) whose body is what the
Get operation answers; changes of an API are live only after a deployment, which freezes it as one document
(`snapshots`); stages, keys and plans are live at once. What may be patched is one table (`patches`).
Left out, refused by name: SDK generation, domain name access associations, JWT authorizers.
"""

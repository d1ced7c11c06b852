"""STS: temporary credentials, and who a caller is.

Promised: credentials are durable, expire by the server's clock, and stand for their role session or user. A
role's trust policy is evaluated where IAM is enforced; elsewhere every caller may assume every role there is.
Session policies and tags are checked and kept with the session, for the authorize step.

Left out, refused by name: federation through SAML and web identity, encoded authorization messages.
"""

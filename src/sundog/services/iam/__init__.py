"""IAM: users, groups, roles, policies, their credentials and service-linked roles of one account.

Left out, refused by name: SAML and OIDC providers, MFA devices, server certificates, access advisor
reports, organization features. IAM is global: rows are keyed by the account, the region is empty.
"""

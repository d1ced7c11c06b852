"""STS: temporary credentials, and who a caller is.

Left out, refused by name: federation through SAML and web identity, encoded authorization messages.
"""

"""Operations of Elastic Load Balancing that are refused by name, each with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_TRUST = "Clients are not asked for certificates: leave mutual TLS out."

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "AddTrustStoreRevocations",
            "CreateTrustStore",
            "DeleteSharedTrustStoreAssociation",
            "DeleteTrustStore",
            "DescribeTrustStoreAssociations",
            "DescribeTrustStoreRevocations",
            "DescribeTrustStores",
            "GetResourcePolicy",
            "GetTrustStoreCaCertificatesBundle",
            "GetTrustStoreRevocationContent",
            "ModifyTrustStore",
            "RemoveTrustStoreRevocations",
        ),
        _TRUST,
    ),
    "ModifyCapacityReservation": "Capacity is what this machine has: leave reservations out.",
    "ModifyIpPools": "Addresses are this machine's own: leave IPAM pools out.",
    "DescribeSSLPolicies": "TLS is sundog's own (sundog up --tls): every ELBSecurityPolicy-... is accepted.",
}

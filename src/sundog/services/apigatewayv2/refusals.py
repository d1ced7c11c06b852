"""What API Gateway's second API has and sundog has not, with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_PORTALS = "Developer portals are not simulated: publish the document of ExportApi with a tool of your own."
REFUSED: Mapping[str, str] = dict.fromkeys(
    (
        "CreatePortal",
        "CreatePortalProduct",
        "CreateProductPage",
        "CreateProductRestEndpointPage",
        "DeletePortal",
        "DeletePortalProduct",
        "DeletePortalProductSharingPolicy",
        "DeleteProductPage",
        "DeleteProductRestEndpointPage",
        "DisablePortal",
        "GetPortal",
        "GetPortalProduct",
        "GetPortalProductSharingPolicy",
        "GetProductPage",
        "GetProductRestEndpointPage",
        "ListPortalProducts",
        "ListPortals",
        "ListProductPages",
        "ListProductRestEndpointPages",
        "PreviewPortal",
        "PublishPortal",
        "PutPortalProductSharingPolicy",
        "UpdatePortal",
        "UpdatePortalProduct",
        "UpdateProductPage",
        "UpdateProductRestEndpointPage",
    ),
    _PORTALS,
)

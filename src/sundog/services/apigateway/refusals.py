"""Operations that sundog does not have, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SDK: Final = "Generate a client from GetExport with an OpenAPI generator."
_ASSOCIATION: Final = "There are no VPC endpoints here: private custom domain names answer without one."

REFUSED: Final[Mapping[str, str]] = {
    "GetSdk": _SDK,
    "GetSdkType": _SDK,
    "GetSdkTypes": _SDK,
    "CreateDomainNameAccessAssociation": _ASSOCIATION,
    "DeleteDomainNameAccessAssociation": _ASSOCIATION,
    "GetDomainNameAccessAssociations": _ASSOCIATION,
    "RejectDomainNameAccessAssociation": _ASSOCIATION,
}

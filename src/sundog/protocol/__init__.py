"""Protocol: bytes <-> values, driven by botocore's service models. No asyncio, no SQL, no services."""

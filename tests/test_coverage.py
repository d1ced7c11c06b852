"""Every operation of every service is supported or refused by name, and the coverage pages say so."""

import subprocess
import sys
from pathlib import Path

import pytest

from sundog.app import load_services
from sundog.protocol.models import Models

SERVICES = load_services()


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
def test_every_operation_is_supported_or_refused(service):
    names = set(Models().get(service.name).operation_names)
    supported = {operation.name for operation in service.operations}
    assert supported | set(service.refused) == names
    assert not supported & set(service.refused)
    assert all(service.refused.values()), "a refusal names the remedy"


def test_the_coverage_pages_are_up_to_date():
    script = Path(__file__).parent.parent / "tools" / "coverage.py"
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr

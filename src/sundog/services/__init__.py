"""Services: one package per AWS service, all with the same files."""

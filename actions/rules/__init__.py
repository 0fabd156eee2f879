"""The built-in alert rules, one YAML file each, and the schema that all rules keep."""

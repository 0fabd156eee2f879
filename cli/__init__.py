"""The `gantry` command: one file a subcommand, no logic of its own."""

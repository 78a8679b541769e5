"""The command line `nextclose`: commands, options, output, exit codes."""

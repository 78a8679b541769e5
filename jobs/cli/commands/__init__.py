"""Commands of `nextclose`. Each one reads its options, calls a step and prints the result."""

"""Load tests: clients like anyone else, they speak V2."""

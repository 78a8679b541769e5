"""Pipeline steps from prices to a version. Each step reads the output of the previous one and can be run again."""

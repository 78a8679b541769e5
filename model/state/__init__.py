"""State of the jobs, stored next to the prices: last refresh, promotions, pause and pinned version."""

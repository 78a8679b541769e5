"""What the jobs leave beside the price store and others read: the last refresh, promotions, what is held."""

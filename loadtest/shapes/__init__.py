"""Locust load shapes, one per file. Pass one to Locust in addition to `loadtest/locustfile.py`."""

"""The courses of a load test as Locust takes them: one a file, named after `-f loadtest/locustfile.py,`."""

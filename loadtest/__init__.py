"""Load tests: Locust users that send V2 requests like any other client."""

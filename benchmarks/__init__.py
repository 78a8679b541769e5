"""Speed of this project and of other servers, measured in one run."""

"""`python -m jobs` is `nextclose`."""

from jobs.cli import main

if __name__ == "__main__":
    main()

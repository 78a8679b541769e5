"""`python -m jobs` is `nextclose`."""

from jobs.start import main

if __name__ == "__main__":
    main()

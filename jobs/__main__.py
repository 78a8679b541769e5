"""Run `nextclose` as `python -m jobs`."""

from jobs.cli.start import main

if __name__ == "__main__":
    main()

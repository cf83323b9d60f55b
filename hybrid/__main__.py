"""`python -m hybrid`: the command line."""

from hybrid.cli import main

if __name__ == "__main__":
    main()

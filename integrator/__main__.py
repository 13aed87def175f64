"""`python -m integrator` is the command `integrator`."""

from integrator.cli import main

if __name__ == "__main__":
    main()

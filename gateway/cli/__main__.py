"""`python -m gateway.cli`, installed as `gatewayctl`."""

from gateway.cli.app import main

if __name__ == "__main__":
    main()

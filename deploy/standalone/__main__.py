"""`python -m deploy.standalone`: the whole product on this machine, until Ctrl-C."""

import sys

from deploy.standalone.product import run_product

if __name__ == "__main__":
    sys.exit(run_product())

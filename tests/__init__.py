"""The tests, room by room as the program is."""

import os
import sys

# What is compiled once serves every process the tests start, whatever the machine says: else each compiles all anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

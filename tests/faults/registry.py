"""All writes that faults are tried on."""

from tests.faults.operations import USUAL
from tests.faults.others import OTHERS

OPERATIONS = {one.name: one for one in (*USUAL, *OTHERS)}

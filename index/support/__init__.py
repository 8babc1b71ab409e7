"""Whether a sentence says no more than a quote does.

Similar is not supported: one other number, name or "not" makes a lie of a sentence that is nearly word for word. So a
sentence is laid beside the quote word by word (`aligning`), and whatever it adds, leaves out or turns round has to be
of a kind that changes nothing (`holding`). Free paraphrase is not recognised: it counts as unsupported.
"""

from index.support.evidence import Told
from index.support.holding import Held, held
from index.support.orders import is_order, telling

__all__ = ["Held", "Told", "held", "is_order", "telling"]

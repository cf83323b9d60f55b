"""Text to vectors; all model code is in here.

`load("minilm")` gives the encoder of a bundle. Importing this loads no model code: torch comes with the first text.
"""

from hybrid.encoding.factory import load, shipped
from hybrid.encoding.protocol import Dimensions, Encoder

__all__ = ["Dimensions", "Encoder", "load", "shipped"]

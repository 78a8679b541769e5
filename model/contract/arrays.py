"""Types of arrays."""

import numpy as np
from numpy.typing import NDArray

f4 = NDArray[np.float32]
f8 = NDArray[np.float64]
Dates = NDArray[np.datetime64]

"""``python -m aecore`` is the command ``aecore``."""

import sys

from aecore.cli import main

sys.exit(main())

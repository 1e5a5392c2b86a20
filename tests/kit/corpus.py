"""The corpus: ImageStream files that people keep in public repositories. They belong to others and are not part of this project.

`make corpus CORPUS_DIR=FOLDER` names the folder. `INDEX.tsv` in it lists the files, `HISTORY.tsv` their versions.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

CORPUS: Final = Path(os.environ.get("CORPUS_DIR", "CORPUS_DIR-is-not-set"))

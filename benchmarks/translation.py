"""How good the pretrained translators are, on MNIST's 10,000 test digits.

Of each pair both ways: the error of coming back per pixel, the share whose translation is read as
its class (by the classifier of ``aecore.explore.classifier``, once the known change of the domain
is undone) beside that of real pictures of the domain, the error against the same digit in the
other domain, which no training showed, and the Fréchet distance to the domain on our features
beside that of pictures left as they are. JSON on stdout.

    python benchmarks/translation.py
"""

from __future__ import annotations

import json

from aecore import data, library
from aecore.gan.translation import file
from aecore.gan.translation.config import TranslationTrainConfig
from aecore.gan.translation.domains import sides
from aecore.gan.translation.measures import Examiner

CYCLE_BAR, KEPT_BAR = 0.01, 0.9


def main():
    dataset, results = data.load("mnist"), {}
    for name in library.available(TranslationTrainConfig):
        model, card = file.load(library.path(name))
        pair = sides(card.config.model.pair, dataset)
        found = Examiner(pair, len(dataset.test)).measure(model)
        results[name] = {
            "domains": [domain.name for domain in pair.pair.domains],
            **found.to_json(),
            "cycle_bar": max(found.cycle_mse) <= CYCLE_BAR,
            "kept_bar": found.kept is not None and min(found.kept) >= KEPT_BAR,
            "parameters": card.parameters,
            "updates": card.updates,
            "seconds": round(card.seconds, 1),
            "bytes": library.path(name).stat().st_size,
        }
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()

"""DiscoGAN: two generators that discover how two domains relate, and reconstruct from each other.

    G, F:      minimise  −log D_B(G(a)) − log D_A(F(b))
                         + λ (‖F(G(a)) − a‖² + ‖G(F(b)) − b‖²)
    D_A, D_B:  minimise  −log D(x) − log (1 − D(x̃))

The game is the original one, non-saturating, and a critic judges the whole picture. Kim, Cha, Kim,
Lee and Kim (2017), equations 3 to 8, where λ is 1 and the squared error a mean over pixels in
[0, 1], as in the authors' code; here it is summed and weighted by λ / 784.
"""

from __future__ import annotations

from torch import Tensor, nn

from aecore.gan.games.non_saturating import NonSaturating
from aecore.gan.translation.model import Translation
from aecore.gan.translation.networks import picture_critic


class DiscoGan(Translation):
    game = NonSaturating()

    def critic(self) -> nn.Module:
        return picture_critic(self.config.width)

    def distance(self, x: Tensor, again: Tensor) -> Tensor:
        return (x - again).square().flatten(1).sum(1)

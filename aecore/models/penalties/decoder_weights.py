"""The L2 penalty on the decoder's weights, the third term of the course's loss.

    Ω = Σ_W ‖W‖²

over the matrices (and kernels) of the decoder, not its biases. It goes with the L1 penalty on
the code: without it a code could shrink, and the decoder's weights grow instead.
"""

from __future__ import annotations

from torch import Tensor, nn

from aecore.models.penalties.point import Point


class DecoderWeights(nn.Module):
    """Summed over the weights, the same for each picture of the batch: (B,)."""

    def forward(self, at: Point) -> Tensor:
        matrices = [w for w in at.decoder.parameters() if w.ndim > 1]
        return sum(w.float().square().sum() for w in matrices).expand(len(at.z))

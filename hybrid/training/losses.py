"""What a head is taught, one loss a class: unit mention vectors against unit type vectors.

Every loss takes `mentions` float32 [m, d], `types` float32 [t, d] and `positive` bool [m, t] (may be any number of
types a mention), and gives a scalar to be made small. Losses are mixed by the weights of `WeightedLoss`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Protocol):
    """A scalar from one batch of one source."""

    def __call__(self, mentions: Tensor, types: Tensor, positive: Tensor) -> Tensor:
        """Mentions [m, d] and types [t, d] of unit length, positive bool [m, t]; a scalar."""
        ...


@dataclass(frozen=True, slots=True)
class InfoNCE:
    """Contrastive loss over type names, in both directions, at a temperature.

    For each positive pair, -log(e^s / (e^s + sum over negatives of e^s')), s = cosine / temperature: once against the
    types that are not the mention's, once against the mentions that are not the type's; other positives of the mention
    or type are no negatives and are removed from the denominator. The mean over pairs and directions.

    van den Oord et al., Representation Learning with Contrastive Predictive Coding, 2018, section 2.3; the positives'
    removal: Khosla et al., Supervised Contrastive Learning, NeurIPS 2020, with a denominator of negatives alone.
    """

    temperature: float = 0.1

    def __call__(self, mentions: Tensor, types: Tensor, positive: Tensor) -> Tensor:
        """The loss; a batch without a positive pair gives 0."""
        import torch
        from torch.nn.functional import softplus

        scores = mentions @ types.T / self.temperature
        negatives = scores.masked_fill(positive, float("-inf"))
        by_mention = torch.logsumexp(negatives, dim=1, keepdim=True) - scores
        by_type = torch.logsumexp(negatives, dim=0, keepdim=True) - scores
        both = softplus(by_mention[positive]) + softplus(by_type[positive])
        return both.sum() / (2 * max(1, int(positive.sum())))


@dataclass(frozen=True, slots=True)
class Triplet:
    """The paper's loss: a type's mentions nearer to its name than others by a margin.

    For each type, each of its mentions and each mention that is not its: max(0, d(type, own) - d(type, other) +
    margin), d = 1 - cosine; the mean over those triples.

    NER Retriever, arXiv 2509.04011, section 4; Schroff et al., FaceNet, CVPR 2015, equation 2.
    """

    margin: float = 0.5

    def __call__(self, mentions: Tensor, types: Tensor, positive: Tensor) -> Tensor:
        """The loss; a batch without a triple gives 0."""
        scores = mentions @ types.T
        own, other = positive[:, None, :], ~positive[None, :, :]
        excess = (scores[None, :, :] - scores[:, None, :] + self.margin).clamp(min=0)
        triples = own & other
        return (excess * triples).sum() / max(1, int(triples.sum()))


@dataclass(frozen=True, slots=True)
class WeightedLoss:
    """A sum of losses, each with its weight."""

    terms: Sequence[tuple[float, Loss]]

    def __call__(self, mentions: Tensor, types: Tensor, positive: Tensor) -> Tensor:
        """The weighted sum."""
        import torch

        parts = [weight * loss(mentions, types, positive) for weight, loss in self.terms]
        return torch.stack(parts).sum()

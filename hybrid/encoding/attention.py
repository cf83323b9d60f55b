"""Value and key readers: one per attention layout, never one per model name.

| layout | families | how value and key are read |
| --- | --- | --- |
| separate projections | BERT, MiniLM, RoBERTa, XLM-R, MPNet, DistilBERT, T5, Llama, Mistral, Qwen, Gemma | the output |
| fused q, k, v in a row | ModernBERT, Phi-3, GPT-2 | a slice of the output, by the configuration's head counts |

Both are read from the projection's own output: before rotary embedding, before key norm, and grouped-query values
keep their own width. A projection whose parts are interleaved by head (GPT-NeoX, BLOOM) is neither layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hybrid.errors import BundleError

if TYPE_CHECKING:
    from torch import nn

Projected: TypeAlias = Literal["value", "key"]

# (query, key, value) as the modules are called inside an attention
SEPARATE = (("query", "key", "value"), ("q", "k", "v"), ("q_lin", "k_lin", "v_lin"), ("q_proj", "k_proj", "v_proj"))
FUSED = ("Wqkv", "qkv_proj", "c_attn")


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Where a value or key stands: columns `start:end` of the output of `module`."""

    module: nn.Module
    start: int
    end: int

    @property
    def width(self) -> int:
        """Numbers a token."""
        return self.end - self.start


def projection(block: nn.Module, config: Any, kind: Projected, name: str = "the block") -> Projection:
    """Find the value or key projection of a transformer block's self-attention.

    `config` is the model's configuration, asked for head counts where q, k and v are fused. An unknown layout, or a
    fused one that does not fit the head counts, raises BundleError with the modules that were found.
    """
    for _, module in _attentions(block):
        children = dict(module.named_children())
        for query, key, value in SEPARATE:
            if {query, key, value} <= children.keys():
                found = children[value if kind == "value" else key]
                return Projection(found, 0, _outputs(found, name))
        for fused in FUSED:
            if fused in children:
                return _slice(children[fused], config, kind, f"{name}, module {fused}")
    names = ", ".join(path for path, _ in block.named_modules() if path)
    raise BundleError(
        f"{name} has an attention layout that is not known: expected separate projections "
        f"({'; '.join('/'.join(names) for names in SEPARATE)}) or a fused one ({', '.join(FUSED)}), found {names}"
    )


def readable(block: nn.Module) -> bool:
    """True where a block holds an attention of a known layout."""
    return next(_attentions(block), None) is not None


def _attentions(block: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for path, module in block.named_modules():
        children = {name for name, _ in module.named_children()}
        if any(set(names) <= children for names in SEPARATE) or children & set(FUSED):
            yield path, module


def _slice(module: nn.Module, config: Any, kind: Projected, name: str) -> Projection:
    heads = int(config.num_attention_heads)
    groups = int(getattr(config, "num_key_value_heads", None) or heads)
    size = int(getattr(config, "head_dim", None) or config.hidden_size // heads)
    query, keys = heads * size, groups * size
    outputs = _outputs(module, name)
    if outputs != query + 2 * keys:
        raise BundleError(
            f"{name} gives {outputs} numbers a token, expected {query + 2 * keys}: {heads} query heads and twice "
            f"{groups} key and value heads of {size}"
        )
    start = query if kind == "key" else query + keys
    return Projection(module, start, start + keys)


def _outputs(module: nn.Module, name: str) -> int:
    # GPT-2's Conv1D is a linear layer that calls its width nf.
    width = getattr(module, "out_features", None) or getattr(module, "nf", None)
    if not isinstance(width, int):
        raise BundleError(f"{name} projects with {type(module).__name__}, expected a linear layer")
    return width

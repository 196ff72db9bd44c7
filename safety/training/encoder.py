"""The net as a torch model: the bundled encoder, all linear maps trainable, and heads on top.

The same computation as ``safety.training.graph``, in the form that gradients need. Word and
position tables stay as they are: the words that 7,000 messages use are too few to move them well.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from safety.net.weights import LAYERS, LINEAR, NORM, base_folder, read_safetensors

WIDTH, HEADS = 384, 12


class Layer(nn.Module):
    """One transformer layer; its parts carry the names that ``safety.net.weights`` uses."""

    def __init__(self, base: dict[str, Tensor], number: int) -> None:
        super().__init__()
        prefix = f"encoder.layer.{number}."
        self.linear = nn.ModuleDict()
        for name, parts in LINEAR.items():
            weight = torch.cat([base[f"{prefix}{part}.weight"] for part in parts])
            linear = nn.Linear(weight.shape[1], weight.shape[0])
            linear.weight.data.copy_(weight)
            linear.bias.data.copy_(torch.cat([base[f"{prefix}{part}.bias"] for part in parts]))
            self.linear[name] = linear
        self.norm = nn.ModuleDict()
        for name, part in NORM.items():
            norm = nn.LayerNorm(WIDTH, eps=1e-12)
            norm.weight.data.copy_(base[f"{prefix}{part}.weight"])
            norm.bias.data.copy_(base[f"{prefix}{part}.bias"])
            self.norm[name] = norm

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map (batch, length, width) to the same, looking only where ``mask`` is true."""
        batch, length, _ = x.shape
        heads = self.linear["qkv"](x).view(batch, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(batch, length, WIDTH)
        x = self.norm["n1"](x + self.linear["o"](mixed))
        inner = functional.gelu(self.linear["f1"](x))
        out: Tensor = self.norm["n2"](x + self.linear["f2"](inner))
        return out


class Model(nn.Module):
    """Token ids and mask in, logits out: overall, one a contraindication, three of urgency."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        base = {
            name.removeprefix("bert."): torch.from_numpy(array.copy())
            for name, array in read_safetensors(base_folder() / "model.safetensors").items()
        }
        self.word = base["embeddings.word_embeddings.weight"]
        self.position = base["embeddings.position_embeddings.weight"]
        self.kind = base["embeddings.token_type_embeddings.weight"][0]
        self.norm_w = base["embeddings.LayerNorm.weight"]
        self.norm_b = base["embeddings.LayerNorm.bias"]
        self.layers = nn.ModuleList(Layer(base, number) for number in range(LAYERS))
        self.attention = nn.Linear(WIDTH, 1)
        self.head = nn.Linear(2 * WIDTH, outputs)
        for linear in (self.attention, self.head):
            nn.init.normal_(linear.weight, 0, 0.02)
            nn.init.zeros_(linear.bias)

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return (batch, 2 * width): the mean of the tokens beside a learned weighted mean."""
        x = functional.embedding(ids, self.word) + self.position[: ids.shape[1]] + self.kind
        x = functional.layer_norm(x, (WIDTH,), self.norm_w, self.norm_b, 1e-12)
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])
        kept = mask[..., None].float()
        mean = (x * kept).sum(1) / kept.sum(1)
        # The bias of the attention moves all scores alike, so it has no effect and is not saved.
        share = self.attention(x).squeeze(-1).masked_fill(~mask, -1e4).softmax(-1)
        return torch.cat([mean, (share[..., None] * x).sum(1)], -1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits, shape (batch, outputs)."""
        out: Tensor = self.head(self.pooled(ids, mask))
        return out

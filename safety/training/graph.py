"""The net's computation as an ONNX graph without weights.

Training writes it once (``weights/graph.onnx``, a few kilobytes); at load the tensors of
``safety.net.weights`` are laid into it. No export step, no torch and no cache is needed, and the
base encoder's word table stays mapped from its own file: looking words up is left to the caller.
Needs the ``onnx`` package, which the running product does not.

BERT as in Devlin et al. 2018, https://arxiv.org/abs/1810.04805, with the fused operators of ONNX
Runtime. It ends with what the encoder makes of each token: ``safety.net.heads`` goes on from there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, helper

WIDTH, INNER, HEADS, LAYERS = 384, 1536, 12, 6
EPSILON = 1e-12
FUSED = "com.microsoft"


class _Builder:
    """Collects nodes and the names and shapes of the weights they need."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def weight(self, name: str, *shape: int) -> str:
        """Declare a tensor that is supplied when the session is made."""
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        size = str(4 * int(np.prod(shape)))
        for key, value in (("location", "supplied"), ("offset", "0"), ("length", size)):
            tensor.external_data.add(key=key, value=value)
        self.weights.append(tensor)
        return name

    def op(
        self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any
    ) -> str:
        """Append a node with one output and return its name."""
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output


def build_graph() -> bytes:
    """Return the serialised graph.

    In: ``embedded`` (batch, length, width), the sum of word, position and kind, and ``mask``
    (batch, length). Out: ``hidden`` (batch, length, width), of which padding means nothing.
    """
    build = _Builder()
    hidden = _embed(build)
    for layer in range(LAYERS):
        hidden = _layer(build, hidden, layer)
    build.op("Identity", [hidden], "hidden")
    inputs = [
        helper.make_tensor_value_info("embedded", TensorProto.FLOAT, ["batch", "length", WIDTH]),
        helper.make_tensor_value_info("mask", TensorProto.INT32, ["batch", "length"]),
    ]
    results = [
        helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["batch", "length", WIDTH]),
    ]
    graph: GraphProto = helper.make_graph(build.nodes, "safety_net", inputs, results, build.weights)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    return bytes(model.SerializeToString())


def _embed(build: _Builder) -> str:
    inputs = ["embedded", build.weight("embedding.w", WIDTH), build.weight("embedding.b", WIDTH)]
    return build.op("LayerNormalization", inputs, "normed", axis=-1, epsilon=EPSILON)


def _layer(build: _Builder, hidden: str, layer: int) -> str:
    def linear(name: str, wide_in: int, wide_out: int) -> tuple[str, str]:
        key = f"{layer}.{name}"
        return build.weight(f"{key}.w", wide_in, wide_out), build.weight(f"{key}.b", wide_out)

    def norm(name: str, change: str, before: str, bias: str) -> str:
        key = f"{layer}.{name}"
        inputs = [
            change,
            before,
            build.weight(f"{key}.w", WIDTH),
            build.weight(f"{key}.b", WIDTH),
            bias,
        ]
        return build.op(
            "SkipLayerNormalization", inputs, f"{key}.out", domain=FUSED, epsilon=EPSILON
        )

    weight, bias = linear("qkv", WIDTH, 3 * WIDTH)
    mixed = build.op(
        "Attention", [hidden, weight, bias, "mask"], f"{layer}.mixed", domain=FUSED, num_heads=HEADS
    )
    weight, bias = linear("o", WIDTH, WIDTH)
    attended = norm("n1", build.op("MatMul", [mixed, weight], f"{layer}.o.out"), hidden, bias)
    weight, bias = linear("f1", WIDTH, INNER)
    wide = build.op("MatMul", [attended, weight], f"{layer}.f1.out")
    wide = build.op("BiasGelu", [wide, bias], f"{layer}.gelu", domain=FUSED)
    weight, bias = linear("f2", INNER, WIDTH)
    return norm("n2", build.op("MatMul", [wide, weight], f"{layer}.f2.out"), attended, bias)

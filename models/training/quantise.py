"""Writes the 8-bit model that runs on CPUs: convolutions and products in integers, 1.9 times as fast, the same particles.

Called by export.py. Weights have 7 bits: processors without VNNI add pairs of products in 16 bits, and 8-bit weights would overflow them.
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

import frames

CALIBRATION_FRAMES = 48
EDGE_PX = 512
# The first layer stays in floating point, as a frame without noise has details far below 1/255 of its range, and so do the last ones: heat,
# sides and mask probabilities are read off them.
IN_FLOAT = ("/backbone/stem/stem.0/", "/proposals.", "/mask_head/layers/layers.4/", "/box_head/score/", "/box_head/deltas/")


class Calibration(CalibrationDataReader):
    """Simulated frames of a seed that the training does not use."""

    def __init__(self, seed):
        self.frames = (frames.sample(np.random.default_rng([seed, i]), EDGE_PX)[0] for i in range(CALIBRATION_FRAMES))

    def get_next(self):
        image = next(self.frames, None)
        return None if image is None else {"image": image[None, None], "detections": np.array(48, np.int64)}


def quantise(source, target, seed=20_240_916):
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        nodes = onnx.load(str(prepared)).graph.node
        quantize_static(
            str(prepared),
            str(target),
            Calibration(seed),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv", "Gemm", "MatMul"],  # sums of residual blocks in 8 bits cost precision and gain nothing
            nodes_to_exclude=[node.name for node in nodes if node.name.startswith(IN_FLOAT)],
            calibrate_method=CalibrationMethod.MinMax,
        )

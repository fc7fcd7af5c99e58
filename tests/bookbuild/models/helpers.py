"""What the tests of the models' graphs share: run a graph, and compare with torch."""

import numpy as np
import onnxruntime
import torch


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 2  # a warning on a shape would be seen
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def run(running, **feeds):
    arrays = {
        name: value.numpy() if isinstance(value, torch.Tensor) else value
        for name, value in feeds.items()
    }
    names = [output.name for output in running.get_outputs()]
    return dict(zip(names, running.run(None, arrays), strict=True))


def padded(lengths):
    lengths = torch.tensor(lengths)
    return torch.arange(int(lengths.max())) < lengths[:, None]


def near(array, tensor):
    assert array.shape == tuple(tensor.shape)
    np.testing.assert_allclose(array, tensor.detach().numpy(), rtol=0, atol=1e-5)

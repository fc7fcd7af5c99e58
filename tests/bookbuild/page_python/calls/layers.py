"""Calls of the page's torch and of torch: layers."""

from __future__ import annotations

from .helpers import a_module, changed, gradient, seeded, without_gradient

DTYPES = [
    lambda t, d: [
        d.x.long(),
        d.x.bool(),
        d.i.float(),
        d.m.long(),
        d.m.float(),
        d.x.double(),
    ],
    lambda t, d: [
        d.i.bool(),
        d.m.double(),
        d.x.to(t.long),
        d.x.to(t.float64),
        d.i.to(d.x.dtype),
    ],
    lambda t, d: [
        d.i.to(d.x),
        d.x.type_as(d.i),
        d.x.to("cpu"),
        d.x.to(dtype=t.bool),
        d.d.float(),
    ],
    lambda t, d: [
        d.x.clone(),
        d.x.detach(),
        d.x.cpu(),
        d.x.numpy() + 0,
        d.d.numpy() + 0,
        d.m.numpy(),
    ],
    lambda t, d: [d.x.type(t.long), d.x.double().sqrt().float(), d.d.to(d.x.dtype)],
    lambda t, d: [
        d.d + 1,
        d.d * d.d,
        d.d.mean(),
        d.d.sum(1),
        d.d @ d.d.T,
        d.d.softmax(1),
        d.d / 2,
    ],
    lambda t, d: [
        d.d.sin(),
        d.d[0],
        d.d.reshape(5, 3),
        d.d.max(),
        d.d.max(1).values,
        d.d.round(),
    ],
    lambda t, d: [
        d.d.floor(),
        d.d.abs(),
        d.d.clamp(0),
        1 / d.d,
        d.d**2,
        2**d.d,
        d.d.sum((0, 1)),
    ],
    lambda t, d: [
        t.stack([d.d, d.d]),
        d.d.masked_fill(d.m, 0),
        t.where(d.m, d.d, d.d),
        d.d.T,
        -d.d,
    ],
    lambda t, d: [
        d.d.flatten(),
        d.d.unsqueeze(0),
        d.d.ceil(),
        d.d.sqrt(),
        d.d.cos(),
        d.d.norm(dim=1),
    ],
    lambda t, d: [d.x.double() @ d.y.T.double(), t.outer(d.v.double(), d.w.double())],
    lambda t, d: d.d @ d.x.T,
    lambda t, d: repr(d.i),
    lambda t, d: repr(d.m),
    lambda t, d: repr(d.h),
    lambda t, d: [str(t.float32), str(d.x.shape), str(d.s), str(d.n)],
    lambda t, d: [
        d.x.dtype == t.float32,
        d.x.dtype is t.float32,
        isinstance(d.x, t.Tensor),
    ],
]

LAYERS = [
    lambda t, d: [
        t.nn.functional.logsigmoid(d.x),
        t.nn.functional.logsigmoid(d.x * 100),
    ],
    lambda t, d: t.nn.functional.logsigmoid(t.tensor([-200.0, 0.0, 200.0])),
    lambda t, d: t.nn.functional.logsigmoid(d.i),
    lambda t, d: t.nn.functional.binary_cross_entropy_with_logits(d.x, d.m.float()),
    lambda t, d: t.nn.functional.binary_cross_entropy_with_logits(
        d.x * 100, d.m.float(), reduction="none"
    ),
    lambda t, d: t.nn.functional.binary_cross_entropy_with_logits(
        d.x, d.m.float(), reduction="sum"
    ),
    lambda t, d: t.nn.functional.binary_cross_entropy_with_logits(d.x, d.v),
    lambda t, d: seeded(t, lambda: t.nn.GRUCell(5, 2)(d.x)),
    lambda t, d: seeded(t, lambda: t.nn.GRUCell(5, 2)(d.x, d.x[:, :2])),
    lambda t, d: [p.shape for p in t.nn.GRUCell(5, 2).parameters()],
    lambda t, d: list(t.nn.GRUCell(5, 2).state_dict()),
    lambda t, d: [
        d.x.softmax(-1),
        d.x.softmax(dim=0),
        t.softmax(d.x, 1),
        t.softmax(d.z, dim=-1),
    ],
    lambda t, d: [
        t.nn.functional.softmax(d.x, dim=-1),
        d.x.log_softmax(-1),
        t.log_softmax(d.x, 1),
    ],
    lambda t, d: [
        d.x.masked_fill(d.m, -float("inf")).softmax(-1),
        d.inf[:2].softmax(0),
    ],
    lambda t, d: d.i.softmax(-1),
    lambda t, d: d.x.softmax(3),
    lambda t, d: t.nn.functional.log_softmax(d.x, dim=-1),
    lambda t, d: [
        t.nn.functional.relu(d.x),
        t.nn.functional.gelu(d.x),
        t.nn.functional.tanh(d.x),
    ],
    lambda t, d: [
        t.nn.functional.sigmoid(d.x),
        t.nn.functional.silu(d.x),
        t.nn.functional.softplus(d.x),
    ],
    lambda t, d: [
        t.nn.functional.linear(d.z, d.x),
        t.nn.functional.linear(d.x, d.y, d.h[0]),
    ],
    lambda t, d: t.nn.functional.linear(d.x, d.x.T),
    lambda t, d: [
        t.nn.functional.embedding(d.i, d.x.T),
        t.nn.functional.one_hot(d.i, 7),
    ],
    lambda t, d: [t.nn.functional.one_hot(d.i), t.nn.functional.one_hot(d.n, 5)],
    lambda t, d: t.nn.functional.one_hot(d.i, 2),
    lambda t, d: t.nn.functional.one_hot(d.x, 2),
    lambda t, d: [
        t.nn.functional.pad(d.x, (1, 2)),
        t.nn.functional.pad(d.x, (0, 0, 1, 0), value=9),
    ],
    lambda t, d: [
        t.nn.functional.pad(d.i, (1, 0), value=3),
        t.nn.functional.pad(d.x, (-1, 0)),
    ],
    lambda t, d: t.nn.functional.pad(d.x[:, :1], (2, -2)),
    lambda t, d: [d.x[:0].softmax(0), d.x[:0].softmax(-1), d.x[:0].log_softmax(0)],
    lambda t, d: [
        t.nn.functional.normalize(d.x, dim=-1),
        t.nn.functional.normalize(d.x),
    ],
    lambda t, d: [
        t.nn.functional.normalize(d.z, p=1, dim=-1),
        t.nn.functional.normalize(d.v, dim=0),
    ],
    lambda t, d: [
        t.nn.functional.cosine_similarity(d.x, d.y, dim=-1),
        t.cosine_similarity(d.x, d.v),
    ],
    lambda t, d: [
        t.nn.functional.cosine_similarity(d.x, d.y),
        t.cosine_similarity(d.v, d.w, dim=0),
    ],
    lambda t, d: t.nn.functional.cross_entropy(d.x, d.j),
    lambda t, d: t.nn.functional.cross_entropy(d.x, d.j, reduction="none"),
    lambda t, d: t.nn.functional.cross_entropy(d.x, d.j, reduction="sum"),
    lambda t, d: t.nn.functional.cross_entropy(d.x, d.j, ignore_index=0),
    lambda t, d: t.nn.functional.cross_entropy(d.z.mT, d.i[:2, :3], reduction="none"),
    lambda t, d: t.nn.functional.cross_entropy(d.z.mT, d.i[:2, :3]),
    lambda t, d: t.nn.functional.cross_entropy(d.z.mT, d.i[:2, :3], ignore_index=2),
    lambda t, d: t.nn.functional.cross_entropy(
        d.z.flatten(0, 1), d.i[:2, :3].flatten()
    ),
    lambda t, d: t.nn.functional.nll_loss(d.x.log_softmax(-1), d.j),
    lambda t, d: [
        t.nn.functional.mse_loss(d.x, d.y),
        t.nn.functional.layer_norm(d.x, (5,)),
    ],
    lambda t, d: t.nn.functional.layer_norm(d.z, (5,), d.v, d.w),
    lambda t, d: t.nn.functional.scaled_dot_product_attention(d.z, d.q, d.q),
    lambda t, d: t.nn.functional.scaled_dot_product_attention(
        d.z, d.z, d.z, is_causal=True
    ),
    lambda t, d: t.nn.functional.scaled_dot_product_attention(
        d.z, d.z, d.z, attn_mask=d.r[:, :3]
    ),
    lambda t, d: t.nn.functional.scaled_dot_product_attention(d.k, d.k, d.k, scale=1.0),
    lambda t, d: t.nn.functional.conv2d(d.k, t.ones(4, 3, 2, 2), stride=2),
    lambda t, d: t.nn.functional.unfold(d.k, (2, 2), stride=2),
    lambda t, d: t.nn.utils.rnn.pad_sequence([d.v, d.v[:3]], batch_first=True),
    lambda t, d: t.nn.utils.rnn.pad_sequence(
        [d.j, d.j[:2]], batch_first=True, padding_value=7
    ),
    lambda t, d: t.nn.utils.rnn.pad_sequence([d.v, d.v[:3]]),
    lambda t, d: seeded(t, lambda: t.nn.Linear(5, 3)(d.x)),
    lambda t, d: seeded(t, lambda: t.nn.Linear(5, 3, bias=False).weight),
    lambda t, d: seeded(t, lambda: t.nn.Embedding(7, 5)(d.i)),
    lambda t, d: t.nn.LayerNorm(5)(d.x),
    lambda t, d: seeded(
        t, lambda: t.nn.Sequential(t.nn.Linear(5, 3), t.nn.ReLU())(d.x)
    ),
    lambda t, d: [p.shape for p in t.nn.Linear(5, 3).parameters()],
    lambda t, d: sum(p.numel() for p in t.nn.LayerNorm(5).parameters()),
    lambda t, d: seeded(
        t, lambda: list(t.nn.ModuleList([t.nn.Linear(5, 3)]).state_dict())
    ),
    lambda t, d: t.nn.Softmax(dim=-1)(d.x),
    lambda t, d: t.nn.Parameter(d.x),
    lambda t, d: a_module(t)(d.x),
    lambda t, d: [(p.shape, p.requires_grad) for p in a_module(t).parameters()],
    lambda t, d: [d.x.data, t.nn.Parameter(d.x).data.requires_grad],
    lambda t, d: changed(d.x.clone(), lambda x: x.data.zero_()),
    lambda t, d: gradient(t, d.x, lambda x: (x * d.y).sum()),
    lambda t, d: gradient(t, d.x, lambda x: (x.softmax(-1) * d.y).sum()),
    lambda t, d: gradient(t, d.x, lambda x: (x @ d.y.T).tanh().sum()),
    lambda t, d: gradient(t, d.x, lambda x: x[d.j].square().sum()),
    lambda t, d: t.autograd.grad(
        (leaf := d.x.clone().requires_grad_()).exp().sum(), leaf
    )[0],
    lambda t, d: without_gradient(t, d.x),
]

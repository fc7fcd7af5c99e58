"""What is in the page's torch: the names that a test has compared with torch.

A name that is not here raises ``NotHere``, so that nothing unproven can give a verdict.
"""

from __future__ import annotations

TENSOR = set(
    """
    T abs add add_ all allclose amax amin aminmax any argmax argmin argsort backward bincount bmm
    bool broadcast_to ceil chunk clamp clamp_ clamp_max clamp_min clip clone contiguous
    copy_ cos count_nonzero cpu cumprod cumsum data detach device diag diagonal diff dim
    div div_ dot double dtype element_size eq equal exp expand expand_as expm1 fill_
    flatten flip float floor frac gather ge grad gt hypot index_add index_add_ index_fill
    index_put index_select is_contiguous is_floating_point isclose isfinite isinf isnan
    item le lerp log log10 log1p log2 log_softmax logical_and logical_not logical_or
    logsumexp long lt mT masked_fill masked_fill_ masked_select matmul max maximum mean
    median min minimum mm moveaxis movedim mul mul_ mv nan_to_num narrow ndim ne neg
    new_full new_ones new_tensor new_zeros nonzero norm numel numpy outer permute pow prod
    ravel reciprocal relu remainder repeat repeat_interleave requires_grad requires_grad_
    reshape reshape_as roll round rsqrt scatter scatter_ scatter_add select shape sigmoid
    sign sin size softmax sort split sqrt square squeeze std stride sub sub_ sum swapaxes
    t take_along_dim tanh tile to tolist topk trace transpose tril triu trunc type type_as
    unbind unflatten unfold unique unsqueeze var view view_as where xlogy zero_
    """.split()
)
# What the checker asks of a tensor, and what Python asks of any object.
ASKED = set(
    """
    dequantize is_complex is_meta is_nested is_quantized is_sparse layout storage_offset
    to_dense untyped_storage values indices
    """.split()
)
FUNCTIONS = set(
    """
    abs add all allclose amax amin any arange argmax argmin argsort argwhere as_tensor
    atan2 atleast_2d bincount bmm broadcast_shapes broadcast_tensors broadcast_to
    cartesian_prod cat cdist ceil chunk clamp concat cos cosine_similarity count_nonzero
    cumsum diag diag_embed diagonal diff div dot einsum empty empty_like eq equal exp eye
    finfo flatten flip floor floor_divide fmod from_numpy full full_like gather gt hstack
    index_select inner is_tensor isclose isfinite isinf isnan lerp linspace log log2
    log_softmax logical_and logical_not logical_or logical_xor logsumexp lt manual_seed
    masked_fill masked_select matmul max maximum mean median meshgrid min minimum mm
    movedim mul mv nan_to_num nonzero norm ones ones_like outer permute pow prod rand randint
    randn randperm reciprocal relu remainder repeat_interleave reshape roll round rsqrt
    sigmoid sin softmax
    sort split sqrt square squeeze stack std sub sum swapaxes take_along_dim tanh tensor
    topk trace transpose tril triu unbind unflatten unique unravel_index unsqueeze var
    vstack where xlogy zeros zeros_like
    """.split()
)
VALUES = set(
    """
    Generator Size Tensor bool complex128 complex64 default_generator device double dtype e
    enable_grad float float32 float64 get_default_dtype inf inference_mode int64 is_grad_enabled
    long nan no_grad pi set_default_dtype set_grad_enabled strided
    """.split()
)
FUNCTIONAL = set(
    """
    binary_cross_entropy_with_logits conv2d cosine_similarity cross_entropy embedding gelu
    layer_norm linear log_softmax logsigmoid
    mse_loss nll_loss normalize one_hot pad relu scaled_dot_product_attention sigmoid silu
    softmax softplus tanh unfold
    """.split()
)
LAYERS = set(
    "Embedding GRUCell LayerNorm Linear Module ModuleList Parameter ReLU Sequential Softmax".split()
)
OTHERS = {
    "special": {"entr"},
    "linalg": {"norm", "vector_norm"},
    "autograd": {"grad"},
    "nn.utils.rnn": {"pad_sequence"},
}
OPERATORS = set(
    """
    abs add and array bool contains deepcopy eq float floordiv format ge getitem gt hash
    iadd iand imul index int invert ior ipow isub iter itruediv ixor le len lshift lt
    matmul mod mul ne neg or pos pow radd rand repr rfloordiv rmatmul rmod rmul ror rpow
    rshift rsub rtruediv rxor setitem sub truediv xor
    """.split()
)

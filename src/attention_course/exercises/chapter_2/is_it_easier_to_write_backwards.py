"""Question 2.10: Is it easier to write backwards?"""

from ..checker import Question

question = Question(
    id="2.10",
    title="Is it easier to write backwards?",
    stars=2,
    minutes=15,
    text="""\
The chapter copies strings through C. Now the model has to write them *backwards*, `abcd` as \
`dcba`. Which of the two is easier? **Write your prediction and your reason down before you run \
the cell** (about half a minute).

1. For backwards one may say: the letter read last is still fresh, and it is written first. For \
copying: people find it easier. What does an encoder that reads in both directions say?
2. Three seeds are run for each task. How far apart will two runs of the *same* task be?
3. Suppose that one task scores 0.05 higher. What do you conclude?

```python
import torch

from attention_course.data.copy_task import copy_vocabulary, make_copies
from attention_course.data.sequences import Batches
from attention_course.encoder_decoder import EncoderDecoder, exact_match
from attention_course.encoder_decoder import sequence_loss, translate
from attention_course.lab.training import fit


def written_right(reverse, seed):
    letters = copy_vocabulary()  # 8 letters
    task = {"min_length": 1, "max_length": 8, "reverse": reverse}
    batches = Batches(make_copies(4096, seed=seed, **task), letters, letters, 64)
    torch.manual_seed(seed)
    sizes = {"d_embedding": 16, "d_encoder": 64, "d_decoder": 64, "d_context": 32}
    model = EncoderDecoder(len(letters), len(letters), **sizes)
    fit(model, batches, sequence_loss, epochs=8, seed=seed)
    shares = {}
    for length in (3, 4, 5, 6):
        task = {"min_length": length, "max_length": length, "reverse": reverse}
        tests = make_copies(200, seed=99, **task)
        sources = [pair.source for pair in tests]
        written = translate(model, sources, letters, letters, max_length=10)
        targets = [pair.target for pair in tests]
        shares[length] = exact_match([one.text for one in written], targets)
    return shares


for reverse in (False, True):
    for seed in (0, 1, 2):
        print("backwards" if reverse else "copied", seed, written_right(reverse, seed))
```""",
    answer="""\
1. **Neither is easier.** Turn every source round, let the encoder's two GRUs swap roles, and \
with them the two halves of the matrix that makes C, the half for each GRU. C is what it was: \
copying has become writing backwards, and the model is otherwise the same. Whatever parameters \
solve one task solve the other, swapped in this way. So a difference can only come from chance: \
the numbers that training starts with, and the strings that were drawn.
2. **Far.** With 5 or 6 letters, where some strings succeed and some fail, two seeds easily differ \
by 0.1.
3. **Nothing yet.** A difference between two tasks means something when it is larger than that \
between two seeds of one task. That is why the figures of this chapter have error bars. One run of \
each would have given you a winner, and you would have found a reason for it.

Sutskever et al. (2014) reversed their sources and translated better. Their encoder read in *one* \
direction, so the symmetry did not hold, and their sentences were long. Try it: \
`model.encoder.backwards.register_forward_hook(lambda module, x, out: (0 * out[0], out[1]))` after \
the model is made silences the second GRU. Use more seeds than three before you believe what you \
see.""",
)

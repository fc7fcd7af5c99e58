"""Exercise 3.12: answers written from its statement and stub alone."""

import numpy as np

from ..collect import right, wrong


@right("3.12")
def looked_at_most(weights, read):
    return "".join(read[i] for i in weights.argmax(-1).tolist())


@right("3.12")
def looked_at_most(weights, read):
    out = ""
    for row in weights:
        best = 0
        for j in range(len(read)):
            if row[j] > row[best]:
                best = j
        out += read[best]
    return out


@right("3.12")
def looked_at_most(weights, read):
    return "".join(np.array(list(read))[weights.detach().numpy().argmax(axis=1)])


@right("3.12")
def looked_at_most(weights, read):
    return "".join(
        map(lambda row: max(zip(row, read), key=lambda p: p[0])[1], weights.tolist())
    )


@right("3.12")
def looked_at_most(weights, read):
    if len(weights) == 0:
        return ""
    return read[int(weights[0].max(0).indices)] + "".join(
        read[int(i)] for i in weights[1:].topk(1, dim=-1).indices.flatten()
    )


@wrong("3.12", "argmax over the characters written")
def looked_at_most(weights, read):
    return "".join(read[i] for i in weights.argmax(0).tolist() if i < len(read))


@wrong("3.12", "returns a list of characters")
def looked_at_most(weights, read):
    return [read[i] for i in weights.argmax(-1).tolist()]


@wrong("3.12", "the smallest weight instead of the largest")
def looked_at_most(weights, read):
    return "".join(read[i] for i in weights.argmin(-1).tolist())


@wrong("3.12", "in the order of reading instead of writing")
def looked_at_most(weights, read):
    return "".join(read[i] for i in sorted(weights.argmax(-1).tolist()))


@wrong("3.12", "joined with spaces")
def looked_at_most(weights, read):
    return " ".join(read[i] for i in weights.argmax(-1).tolist())


@wrong("3.12", "argmax of the whole matrix: one character")
def looked_at_most(weights, read):
    return read[int(weights.argmax()) % len(read)]


@wrong("3.12", "off by one: the character before")
def looked_at_most(weights, read):
    return "".join(read[i - 1] for i in weights.argmax(-1).tolist())


@wrong("3.12", "each character read at most once")
def looked_at_most(weights, read):
    return "".join(read[i] for i in dict.fromkeys(weights.argmax(-1).tolist()))


@wrong("3.12", "the places instead of the characters")
def looked_at_most(weights, read):
    return "".join(str(i) for i in weights.argmax(-1).tolist())


@wrong("3.12", "in reverse order")
def looked_at_most(weights, read):
    return "".join(read[i] for i in weights.argmax(-1).tolist())[::-1]


@wrong(
    "3.12", "leaves the last character read out of account, as if it were an end mark"
)
def looked_at_most(weights, read):
    return "".join(
        read[i] for i in weights[:, : max(1, len(read) - 1)].argmax(-1).tolist()
    )


@wrong("3.12", "loops over the characters read instead of those written")
def looked_at_most(weights, read):
    return "".join(
        read[int(weights[t % len(weights)].argmax())] for t in range(len(read))
    )


@wrong("3.12", "only characters with more than half of the weight")
def looked_at_most(weights, read):
    return "".join(read[int(row.argmax())] for row in weights if row.max() > 0.5)


@wrong("3.12", "prints the string and returns None")
def looked_at_most(weights, read):
    print("".join(read[i] for i in weights.argmax(-1).tolist()))


@wrong("3.12", "squeezes: fails when a single character was written")
def looked_at_most(weights, read):
    return "".join(read[int(i)] for i in weights.squeeze().argmax(-1))


@wrong("3.12", "the weights are cut to integers first")
def looked_at_most(weights, read):
    return "".join(read[i] for i in weights.int().argmax(-1).tolist())


@wrong("3.12", "loses the last character written")
def looked_at_most(weights, read):
    return "".join(read[int(weights[t].argmax())] for t in range(len(weights) - 1))


@wrong("3.12", "strips blanks off the string read, and the places shift")
def looked_at_most(weights, read):
    read = read.strip()
    return "".join(read[min(i, len(read) - 1)] for i in weights.argmax(-1).tolist())


@wrong("3.12", "the second largest weight")
def looked_at_most(weights, read):
    return "".join(read[i] for i in weights.argsort(-1)[:, -2].tolist())


@wrong("3.12", "the characters read, ordered by the weight they got in all")
def looked_at_most(weights, read):
    return "".join(read[i] for i in weights.sum(0).argsort(descending=True).tolist())


@wrong("3.12", "argmax over the wrong axis, as a list (two mistakes)")
def looked_at_most(weights, read):
    return [read[i] for i in weights.argmax(0).tolist() if i < len(read)]

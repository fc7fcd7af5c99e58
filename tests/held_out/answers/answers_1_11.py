"""Exercise 1.11: answers written from its statement and stub alone."""

import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("1.11")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1)
    far = (negatives @ word.unsqueeze(-1)).squeeze(-1)
    return -(F.logsigmoid(near) + F.logsigmoid(-far).sum(-1)).mean()


@right("1.11")
def loss_with_negatives(word, context, negatives):
    scores = torch.einsum("bd,bnd->bn", word, negatives)
    near = torch.einsum("bd,bd->b", word, context)
    return F.softplus(-near).mean() + F.softplus(scores).sum(dim=1).mean()


@right("1.11")
def loss_with_negatives(word, context, negatives):
    total = 0.0
    for w, c, others in zip(word, context, negatives, strict=True):
        zero = torch.zeros((), dtype=w.dtype)
        loss = torch.logaddexp(zero, -(w @ c))
        for other in others:
            loss = loss + torch.logaddexp(zero, w @ other)
        total = total + loss
    return total / word.shape[0]


@right("1.11")
def loss_with_negatives(word, context, negatives):
    everything = torch.cat([context[:, None], negatives], dim=1)
    logits = (everything * word[:, None]).sum(-1)
    target = torch.zeros_like(logits)
    target[:, 0] = 1
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="sum")
    return loss / len(word)


@wrong("1.11", "log of sigmoid: infinite for scores far from zero")
def loss_with_negatives(word, context, negatives):
    near = torch.sigmoid((word * context).sum(-1)).log()
    far = torch.sigmoid(-(negatives @ word.unsqueeze(-1)).squeeze(-1)).log()
    return -(near + far.sum(-1)).mean()


@wrong("1.11", "adds a small number inside the logarithm: finite, but not the loss")
def loss_with_negatives(word, context, negatives):
    near = torch.log(torch.sigmoid((word * context).sum(-1)) + 1e-8)
    scores = (negatives * word[:, None]).sum(-1)
    far = torch.log(torch.sigmoid(-scores) + 1e-8)
    return -(near + far.sum(-1)).mean()


@wrong("1.11", "mean over the negatives instead of the sum")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1)
    far = (negatives @ word.unsqueeze(-1)).squeeze(-1)
    return -(F.logsigmoid(near) + F.logsigmoid(-far).mean(-1)).mean()


@wrong("1.11", "forgets the minus inside the sigmoid of the negatives")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1)
    far = (negatives @ word.unsqueeze(-1)).squeeze(-1)
    return -(F.logsigmoid(near) + F.logsigmoid(far).sum(-1)).mean()


@wrong("1.11", "no minus in front: the loss is negative")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1)
    far = (negatives @ word.unsqueeze(-1)).squeeze(-1)
    return (F.logsigmoid(near) + F.logsigmoid(-far).sum(-1)).mean()


@wrong("1.11", "sum over the batch instead of the mean")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1)
    far = (negatives @ word.unsqueeze(-1)).squeeze(-1)
    return -(F.logsigmoid(near) + F.logsigmoid(-far).sum(-1)).sum()


@wrong("1.11", "one loss for each pair: no mean over the batch")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1)
    far = (negatives @ word.unsqueeze(-1)).squeeze(-1)
    return -F.logsigmoid(near) - F.logsigmoid(-far).sum(-1)


@wrong("1.11", "adds up the negatives first: one term for all of them")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1)
    far = (negatives.sum(1) * word).sum(-1)
    return -(F.logsigmoid(near) + F.logsigmoid(-far)).mean()


@wrong("1.11", "the negatives meet the context, not the word")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1)
    far = (negatives @ context.unsqueeze(-1)).squeeze(-1)
    return -(F.logsigmoid(near) + F.logsigmoid(-far).sum(-1)).mean()


@wrong("1.11", "leaves the negatives out")
def loss_with_negatives(word, context, negatives):
    return -F.logsigmoid((word * context).sum(-1)).mean()


@wrong("1.11", "a softmax over context and negatives: cross entropy")
def loss_with_negatives(word, context, negatives):
    everything = torch.cat([context[:, None], negatives], dim=1)
    logits = (everything * word[:, None]).sum(-1)
    return F.cross_entropy(logits, torch.zeros(len(word), dtype=torch.long))


@wrong("1.11", "the mean over all terms, of positives and negatives alike")
def loss_with_negatives(word, context, negatives):
    everything = torch.cat([context[:, None], negatives], dim=1)
    logits = (everything * word[:, None]).sum(-1)
    target = torch.zeros_like(logits)
    target[:, 0] = 1
    return F.binary_cross_entropy_with_logits(logits, target)


@wrong("1.11", "scores cut off at -30 and 30")
def loss_with_negatives(word, context, negatives):
    near = (word * context).sum(-1).clamp(-30, 30)
    far = (negatives @ word.unsqueeze(-1)).squeeze(-1).clamp(-30, 30)
    return -(torch.sigmoid(near).log() + torch.sigmoid(-far).log().sum(-1)).mean()


@wrong("1.11", "all pairs of the batch: words meet the contexts of others")
def loss_with_negatives(word, context, negatives):
    near = word @ context.T
    far = (negatives @ word.unsqueeze(-1)).squeeze(-1)
    return -F.logsigmoid(near).mean() - F.logsigmoid(-far).sum(-1).mean()

"""Exercise 2.5: answers written from its statement and stub alone."""

import math

import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("2.5")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits[mask], target[mask])


@right("2.5")
def loss_of_real_tokens(logits, target, mask):
    log_p = logits.log_softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -(log_p * mask).sum() / mask.sum()


@right("2.5")
def loss_of_real_tokens(logits, target, mask):
    loss = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    return torch.where(mask, loss, torch.zeros_like(loss)).sum() / mask.sum()


@right("2.5")
def loss_of_real_tokens(logits, target, mask):
    labels = target.masked_fill(~mask, -100)
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())


@right("2.5")
def loss_of_real_tokens(logits, target, mask):
    losses = []
    for b in range(logits.shape[0]):
        for t in range(logits.shape[1]):
            if mask[b, t]:
                s = logits[b, t]
                losses.append(torch.logsumexp(s, 0) - s[target[b, t]])
    return torch.stack(losses).mean()


@wrong("2.5", "averages over all places, padding too")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits.flatten(0, 1), target.flatten())


@wrong("2.5", "sets the loss of padding to zero but divides by all places")
def loss_of_real_tokens(logits, target, mask):
    loss = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    return (loss * mask).mean()


@wrong("2.5", "sum instead of mean")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits[mask], target[mask], reduction="sum")


@wrong("2.5", "mean of each row, then the mean of the rows")
def loss_of_real_tokens(logits, target, mask):
    loss = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    return ((loss * mask).sum(1) / mask.sum(1)).mean()


@wrong("2.5", "softmax over the places instead of the tokens")
def loss_of_real_tokens(logits, target, mask):
    log_p = logits.log_softmax(1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -log_p[mask].mean()


@wrong("2.5", "leaves out all targets 0, real ones too (ignore_index=0)")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=0)


@wrong("2.5", "forgets the minus")
def loss_of_real_tokens(logits, target, mask):
    log_p = logits.log_softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return log_p[mask].mean()


@wrong("2.5", "in bits instead of nats")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits[mask], target[mask]) / math.log(2)


@wrong("2.5", "no logarithm: 1 minus the probability")
def loss_of_real_tokens(logits, target, mask):
    p = logits.softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return 1 - p[mask].mean()


@wrong("2.5", "log of the mean probability instead of the mean log")
def loss_of_real_tokens(logits, target, mask):
    p = logits.softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -p[mask].mean().log()


@wrong("2.5", "averages over the padding instead of the real tokens")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits[~mask], target[~mask])


@wrong("2.5", "divides by the number of rows")
def loss_of_real_tokens(logits, target, mask):
    loss = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    return (loss * mask).sum() / len(mask)


@wrong("2.5", "returns a Python float")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits[mask], target[mask]).item()


@wrong("2.5", "one loss for each row")
def loss_of_real_tokens(logits, target, mask):
    loss = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    return (loss * mask).sum(1) / mask.sum(1)


@wrong("2.5", "multiplies the logits by the mask and averages over everything")
def loss_of_real_tokens(logits, target, mask):
    logits = logits * mask.unsqueeze(-1)
    return F.cross_entropy(logits.flatten(0, 1), target.flatten())


@wrong("2.5", "reshape instead of transpose to bring the classes to axis 1")
def loss_of_real_tokens(logits, target, mask):
    B, T, n = logits.shape
    loss = F.cross_entropy(logits.reshape(B, n, T), target, reduction="none")
    return (loss * mask).sum() / mask.sum()


@wrong("2.5", "cross_entropy of probabilities: softmax taken twice")
def loss_of_real_tokens(logits, target, mask):
    return F.cross_entropy(logits.softmax(-1)[mask], target[mask])


@wrong("2.5", "log after softmax: infinite when a probability is rounded to zero")
def loss_of_real_tokens(logits, target, mask):
    p = logits.softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -torch.log(p)[mask].mean()


@wrong("2.5", "log of the likeliest token's probability, not the right token's")
def loss_of_real_tokens(logits, target, mask):
    return -logits.log_softmax(-1).max(-1).values[mask].mean()


@wrong("2.5", "averages over all tokens of the vocabulary, target unused")
def loss_of_real_tokens(logits, target, mask):
    return -logits.log_softmax(-1)[mask].mean()


@wrong("2.5", "minus the right token's score, without the softmax")
def loss_of_real_tokens(logits, target, mask):
    return -logits.gather(-1, target.unsqueeze(-1)).squeeze(-1)[mask].mean()


@wrong("2.5", "sum instead of mean, in bits (two mistakes)")
def loss_of_real_tokens(logits, target, mask):
    p = logits.log_softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -(p * mask).sum() / math.log(2)

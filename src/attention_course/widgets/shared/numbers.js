// Small functions of numbers.

export function clamp(x, low, high) {
  return Math.min(Math.max(x, low), high);
}

// Softmax over the places of one row where `allowed` is true; zero on all others, and
// everywhere if there is no such place.
export function softmax(scores, allowed = scores.map(() => true)) {
  const top = Math.max(...scores.filter((_, j) => allowed[j]));
  const shares = scores.map((score, j) => (allowed[j] ? Math.exp(score - top) : 0));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => (total ? share / total : 0));
}

// −Σ p ln p, in nats.
export function entropyOf(weights) {
  return weights.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
}

// 3 -> [0, 1, 2]
export function range(n) {
  return Array.from({ length: n }, (_, i) => i);
}

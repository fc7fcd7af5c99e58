"""Evidence: what the course claims, run with a rival, a control and three seeds.

One experiment is one module in ``experiments/``. ``make evidence`` runs what is not yet
recorded, one JSON file an experiment in ``benchmarks/evidence``; ``make pages`` makes the
page *How we know* from them.
"""

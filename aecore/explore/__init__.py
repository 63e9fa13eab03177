"""Looking at a trained model: pure functions of models, codes and pictures, one question a file.

``codes`` (what codes a model gives), ``errors`` (what is lost on the way), ``subspace`` (which
plane a linear one spans), ``sampling`` (how to choose a code), ``walk`` and ``attributes``
(moving a code with a purpose), ``weights`` and ``layers`` (what is inside), ``probes`` and
``compression`` (what codes are worth), ``anomalies`` (what is foreign to it), ``styles`` (what a
conditional one keeps), ``priors`` (how near codes are to a prior).
"""

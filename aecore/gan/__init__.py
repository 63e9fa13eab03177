"""Generative adversarial networks.

``config`` says what there is, ``games`` what both players minimise, ``networks`` what they are
made of, ``model`` how they are put together (``build``), ``algorithm`` whose turn it is,
``training`` how a run goes on, ``file`` keeps it, ``library`` has those that come with the project.
"""

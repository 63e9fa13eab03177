"""Translating pictures of one domain into another without pairs.

``config`` says what there is, ``domains`` between what is translated, ``networks`` what the players
are made of, ``model`` how they are put together, ``cycle`` and ``disco`` what they minimise,
``families`` makes them (``build``), ``training`` how a run goes on, ``measures`` how good it is,
``file`` keeps it, ``library`` has those that come with the project.
"""

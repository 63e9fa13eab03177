"""The 2D playground: GANs, VAEs and autoencoders on clouds of points in the plane.

``config`` says what there is, ``clouds`` what the data are, ``models`` who learns them,
``training`` how, ``fields`` and ``measures`` what is seen of it, ``playground`` who of many
visitors is next.
"""

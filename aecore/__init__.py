"""The torch side of the autoencoder laboratory; it knows nothing of the web page.

Data flows one way: ``data`` → ``config`` → ``models`` → ``training`` (an iterator of
events) → ``checkpoint`` → ``explore`` → ``figures``. Nothing is imported here, so that
``import aecore.checkpoint`` costs no import of torch.
"""

__version__ = "0.1.0"

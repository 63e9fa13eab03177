"""The pages of the app; what several of them use stands in ``pages.ui``."""

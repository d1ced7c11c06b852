"""What can be wrong with an image, in a sentence each."""

from __future__ import annotations


class ImageProblem(Exception):
    """The image cannot be had or used; the text says why."""


class BadImageName(ImageProblem):
    """The URI names no image."""


class ImageMissing(ImageProblem):
    """There is no such repository, tag, digest or file."""


class ImageDenied(ImageProblem):
    """The registry wants another login, or none helps."""


class ImageUnsupported(ImageProblem):
    """A manifest, config or layer of a kind that nobody here can read."""


class ImageBroken(ImageProblem):
    """Content that is not what its digest says, or that leads outside."""

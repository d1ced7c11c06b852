"""Container images as functions have them: pulled from a registry or read from a file, unpacked, never "run".

No daemon and no engine: `registry` and `archives` are where images come from, `unpacking` and `merging` make
a folder of their layers, `store` keeps those by content. The folder becomes the root of an environment
behind the same walls as every other function's (``inside/walls.py``).
"""

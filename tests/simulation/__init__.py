"""Seeded runs of the whole product: random operations, crashes, clock jumps; a model says what may happen."""

"""Recipe in, better recipe out: one module is one pass is one function of the same name."""

import ops
